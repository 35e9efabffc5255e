"""Whatever valid rows there are: written as TOML and loaded they are the same rows."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from doctor.core.matrix import Basis, CudaRelease, Depth, Deviation, Evidence, GpuModel, KnownGoodSet, Pair, WheelBuild
from doctor.core.report import Cause
from doctor.matrix.document import parse
from doctor.matrix.kinds import ROW_TYPES
from doctor.matrix.row import decode_rows
from tests.matrix.files import HEAD

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=12).filter(str.strip)
NAME = st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,4})?", fullmatch=True)
VERSION = st.from_regex(r"[0-9]{1,2}\.[0-9]{1,3}(\.[0-9]{1,2})?(\.post[0-9])?(\+(cpu|cu121))?", fullmatch=True)
DRIVER = st.from_regex(r"[1-9][0-9]{2}\.[0-9]{2}(\.[0-9]{2})?", fullmatch=True)
MINOR = st.from_regex(r"[0-9]{1,2}\.[0-9]", fullmatch=True)
RANGE = VERSION.map(lambda version: f">={version.partition('+')[0]}")
SOURCES = st.lists(TEXT, min_size=1, max_size=3).map(tuple)
BASIS = st.sampled_from(Basis)
DATE = st.dates(max_value=datetime.date(2026, 11, 24)).map(lambda day: day.isoformat())
EVIDENCE = st.builds(Evidence, depth=st.sampled_from(Depth), date=DATE, host=TEXT, command=TEXT, result=TEXT)


@st.composite
def known_good_sets(draw: st.DrawFn) -> KnownGoodSet:
    pins = draw(st.dictionaries(NAME, VERSION, max_size=4).map(lambda names: {**names, "vllm": "0.5.5"}))
    pins.pop("torch", None)
    others = draw(st.dictionaries(NAME, VERSION, max_size=2))
    deviation = Deviation(distribution="vllm", requirement="never-pinned<1", reason=draw(TEXT))
    return KnownGoodSet(
        name=draw(TEXT),
        title=draw(TEXT),
        pins=pins,
        bound=tuple(draw(st.lists(st.sampled_from(sorted(pins)), max_size=2))),
        alternatives={name: version for name, version in others.items() if name not in pins},
        python=draw(st.sampled_from([">=3.8", ">=3.10,<3.13", "==3.11.*"])),
        basis=draw(BASIS),
        sources=draw(SOURCES),
        cuda=draw(st.just("") | MINOR),
        glibc=draw(st.just("") | RANGE),
        machines=tuple(draw(st.lists(TEXT, max_size=2))),
        minimum_driver=draw(st.just("") | DRIVER),
        capabilities=tuple(draw(st.lists(MINOR, max_size=3))),
        deviations=draw(st.sampled_from([(), (deviation,)])),
        evidence=tuple(draw(st.lists(EVIDENCE, min_size=1, max_size=2))),
    )


CUDA = st.builds(
    CudaRelease, version=MINOR, minimum_driver=st.just("1.0"), toolkit_driver=DRIVER, basis=BASIS, sources=SOURCES
)
GPU = st.builds(GpuModel, name=TEXT, capability=MINOR, architecture=TEXT, basis=BASIS, sources=SOURCES)
WHEEL = st.builds(
    WheelBuild,
    package=NAME,
    version=VERSION,
    cuda=st.just("") | MINOR,
    architectures=st.lists(st.sampled_from(["sm_80", "sm_90a", "compute_120"]), max_size=2).map(tuple),
    basis=BASIS,
    sources=SOURCES,
    cxx11_abi=st.none() | st.booleans(),
)
PAIR = st.builds(
    Pair,
    name=TEXT,
    package=NAME,
    partner=NAME,
    needs=st.dictionaries(RANGE, RANGE, min_size=1, max_size=3),
    cause=st.sampled_from(Cause),
    reason=TEXT,
    basis=BASIS,
    sources=SOURCES,
    builds=st.sampled_from(["", "cuda"]),
    required=st.booleans(),
    breaks=st.booleans(),
    install=st.lists(NAME, max_size=2).map(tuple),
)


def encode(value: Any) -> str:
    """A value as TOML, with tables written in line."""
    if dataclasses.is_dataclass(value):
        fields = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
        return encode({name: item for name, item in fields.items() if item is not None})
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(name)} = {encode(item)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(encode(item) for item in value) + "]"
    return json.dumps(value.value if isinstance(value, Enum) else value, ensure_ascii=False)


@given(known_good_sets() | CUDA | GPU | WHEEL | PAIR)
def test_a_valid_row_is_loaded_as_it_was_written(row):
    (kind,) = [name for name, row_type in ROW_TYPES.items() if isinstance(row, row_type)]
    document = parse("matrix.toml", f"{HEAD}{kind} = [{encode(row)}]\n".encode())
    (loaded,) = decode_rows(document)
    assert document.faults == []
    assert loaded.value == row
