from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.fact import Fact, Known, Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.system import VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packing import pack_fact, pack_tags, unpack_tags
from doctor.core.snapshot import Key, to_json
from doctor.intake.snapshot import decode_fact, decode_snapshot
from doctor.probes.interpreter import ask_interpreter
from tests.bases import BASES, base
from tests.facts import distribution, interpreter, known

TEXTS = st.text(alphabet="@/ab", max_size=8)


def again(key: Key, fact: Fact) -> Fact:
    return decode_fact(json.loads(json.dumps(pack_fact(fact))), key.type, key.name)


@pytest.mark.parametrize("name", BASES)
def test_nothing_is_lost(name: str):
    snapshot = base(name)
    assert decode_snapshot(snapshot.to_json().encode(), "saved") == snapshot


@pytest.mark.parametrize("name", BASES)
def test_what_version_1_wrote_is_read(name: str):
    snapshot = base(name)
    old = {**to_json(snapshot), "schema_version": 1}
    assert decode_snapshot(json.dumps(old).encode(), "saved").facts == snapshot.facts


@given(st.dictionaries(TEXTS, TEXTS, max_size=6), TEXTS)
def test_any_text_survives(variables: dict[str, str], where: str):
    fact: Known[dict[str, str]] = Known(value=variables, source=Source(kind=SourceKind.FILE, where=where, line=3))
    assert again(VARIABLES, fact) == fact


def test_a_source_of_many_facts_is_written_once():
    packed = pack_fact(known((distribution("one", "1"), distribution("two", "2"))))
    assert len(packed["sources"]) == 1
    assert packed["known"][0]["requires"]["source"] == packed["known"][1]["requires"]["source"] == 0


def test_a_fact_is_on_a_line():
    lines = base("sound_gpu").to_json().splitlines()
    assert len([line for line in lines if line.startswith('"distributions":')]) == 1


class TestTags:
    def test_of_a_real_interpreter_come_back_in_their_order(self):
        fact = known(ask_interpreter(Path(sys.executable), os.environ))
        assert len(list(pack_tags(fact.value.tags))) < len(fact.value.tags) / 5
        assert again(INTERPRETER, fact) == fact

    @pytest.mark.parametrize(
        "tags", [(), ("py3-none-any",), ("cp311-cp311-a", "cp311-cp311-b", "cp311-abi3-a", "cp311-abi3-b"), ("odd",)]
    )
    def test_come_back(self, tags: tuple[str, ...]):
        assert tuple(unpack_tags(pack_tags(tags))) == tags
        assert again(INTERPRETER, known(interpreter(tags=tags))) == known(interpreter(tags=tags))


@pytest.mark.parametrize("source", [-1, 5, True, "0", [1], None])
def test_a_source_that_is_not_there_is_refused(source: object):
    raw = pack_fact(known((distribution("one", "1"),)))
    raw["known"][0]["requires"]["source"] = source
    with pytest.raises(msgspec.ValidationError):
        decode_fact(raw, DISTRIBUTIONS.type, "distributions")


def test_what_nests_too_deep_is_refused():
    nested: object = "x"
    for _ in range(900):
        nested = [nested]
    raw = {"folder": "/a", "known": nested, "source": {"kind": "file", "where": "x"}}
    with pytest.raises(msgspec.ValidationError):
        decode_fact(raw, DISTRIBUTIONS.type, "distributions")


@pytest.mark.parametrize("folder", [3, None, ["/a"]])
def test_a_folder_that_is_no_text_is_refused(folder: object):
    with pytest.raises(msgspec.ValidationError):
        decode_fact({**pack_fact(known(())), "folder": folder}, DISTRIBUTIONS.type, "distributions")
