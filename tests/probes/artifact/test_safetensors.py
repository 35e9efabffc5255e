from __future__ import annotations

import json
import os
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctor.core.artifact.tensors import SafetensorsFile, Tensor
from doctor.core.fact import Known, Reason, Unknown
from doctor.probes.artifact.safetensors import MOST_READ, parse_header, read_safetensors
from tests.models import Stored, write_safetensors

PLAIN = {"a.weight": Stored("BF16", (4, 2)), "b.weight": Stored("F32", (3,)), "scalar": Stored("F32", ())}


def read(path: Path) -> SafetensorsFile:
    fact = read_safetensors(str(path.parent), path.name)
    assert isinstance(fact, Known)
    return fact.value


def kinds(path: Path) -> list[str]:
    return [damage.kind for damage in read(path).damages]


def write_header(path: Path, table: Any, data: int) -> Path:
    text = table if isinstance(table, bytes) else json.dumps(table).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(data))
    return path


def entry(begin: int, end: int, dtype: str = "BF16", shape: tuple[int, ...] | None = None) -> dict[str, Any]:
    return {"dtype": dtype, "shape": list(shape or ((end - begin) // 2,)), "data_offsets": [begin, end]}


def test_reads_names_dtypes_and_shapes(tmp_path: Path):
    file = read(write_safetensors(tmp_path / "x.safetensors", PLAIN, {"format": "pt"}))
    assert file.damages == ()
    assert file.metadata == {"format": "pt"}
    assert file.size == file.stated_size
    assert file.tensors() == {
        name: Tensor(dtype=item.dtype, shape=item.shape, file="x.safetensors") for name, item in PLAIN.items()
    }


def test_a_file_without_tensors_is_whole(tmp_path: Path):
    file = read(write_safetensors(tmp_path / "x.safetensors", {}, {}))
    assert (file.damages, file.metadata, file.groups) == ((), None, ())


def test_says_how_much_of_a_truncated_file_is_there(tmp_path: Path):
    path = write_safetensors(tmp_path / "x.safetensors", PLAIN)
    whole = path.stat().st_size
    os.truncate(path, whole - 5)
    file = read(path)
    assert [damage.kind for damage in file.damages] == ["truncated"]
    assert f"{whole - 5} of the {whole} bytes" in file.damages[0].detail
    assert file.readable
    assert len(file.tensors()) == 3


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"abc", "short"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n", "pointer"),
        (b"GIF89a..........", "header-too-large"),
        (struct.pack("<Q", 100) + b"{}", "short"),
        (struct.pack("<Q", 4) + b"{x}}", "not-json"),
        (struct.pack("<Q", 4) + b"\xff\xfe{}", "not-json"),
        (struct.pack("<Q", 2) + b"[]", "not-a-table"),
    ],
)
def test_what_is_no_safetensors_file(tmp_path: Path, content: bytes, kind: str):
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    assert kinds(path) == [kind]
    assert not read(path).readable


@pytest.mark.parametrize(
    "item",
    [
        {"dtype": "BF16", "shape": [1]},
        {"dtype": "BF16", "shape": 1, "data_offsets": [0, 2]},
        {"dtype": "BF16", "shape": [-1], "data_offsets": [0, 2]},
        {"dtype": "BF16", "shape": ["1"], "data_offsets": [0, 2]},
        {"dtype": "BF16", "shape": [True], "data_offsets": [0, 2]},
        {"dtype": "BF16", "shape": [1], "data_offsets": [2, 0]},
        {"dtype": "BF16", "shape": [1], "data_offsets": [0, 2, 4]},
        "text",
        None,
    ],
)
def test_an_entry_that_is_none_is_told(tmp_path: Path, item: Any):
    assert kinds(write_header(tmp_path / "x.safetensors", {"a": item}, 4)) == ["not-a-table"]


@pytest.mark.parametrize(
    ("table", "data", "kind"),
    [
        ({"a": entry(0, 4), "b": entry(2, 6)}, 6, "overlap"),
        ({"a": entry(0, 4), "b": entry(6, 8)}, 8, "hole"),
        ({"a": entry(2, 4)}, 4, "hole"),
        ({"a": entry(0, 4, shape=(3,))}, 4, "length"),
        ({"a": entry(0, 4, dtype="Q4")}, 4, "dtype"),
        ({"a": entry(0, 4)}, 9, "trailing"),
    ],
)
def test_bytes_that_do_not_fit_the_table(tmp_path: Path, table: Any, data: int, kind: str):
    path = write_header(tmp_path / "x.safetensors", table, data)
    assert kinds(path) == [kind]
    assert read(path).readable


def test_a_folder_a_pipe_and_a_missing_file_are_not_known(tmp_path: Path):
    (tmp_path / "folder.safetensors").mkdir()
    os.mkfifo(tmp_path / "pipe.safetensors")
    for name in ("folder.safetensors", "pipe.safetensors", "gone.safetensors"):
        assert isinstance(read_safetensors(str(tmp_path), name), Unknown)


def test_only_the_header_of_a_large_file_is_read(tmp_path: Path):
    """Ten gigabytes of which the disk holds a page."""
    size = 10 << 30
    path = tmp_path / "x.safetensors"
    text = json.dumps({"a": entry(0, size, shape=(size // 2,))}).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + size)
    file = read(path)
    assert file.damages == ()
    assert file.size > size


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200))
def test_no_header_makes_it_fail(header: bytes):
    start = struct.pack("<Q", len(header))
    parse_header("x", 8 + len(header), start, len(header), header)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
ENTRIES = st.dictionaries(
    st.text(max_size=4) | st.just("__metadata__"),
    st.fixed_dictionaries({}, optional={"dtype": JSON, "shape": JSON, "data_offsets": JSON}),
    max_size=4,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON | ENTRIES)
def test_no_table_makes_it_fail(table: Any):
    header = json.dumps(table).encode()
    found = parse_header("x", 8 + len(header), struct.pack("<Q", len(header)), len(header), header)
    assert found.damages or isinstance(table, dict)


@pytest.mark.parametrize("name", ["a" * 1001, "7." * 100_000 + "weight"])
def test_a_name_that_no_tensor_has_is_told(name: str):
    table = {name: {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}}
    header = json.dumps(table).encode()
    file = parse_header("x", 8 + len(header), struct.pack("<Q", len(header)), len(header), header)
    (damage,) = file.damages
    assert damage.kind == "not-a-table"
    assert f"a name has {len(name)} characters" in damage.detail


def test_a_header_that_is_longer_than_any_that_is_known_is_not_read(tmp_path: Path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", MOST_READ + 1))
    assert kinds(path) == ["short"]
    os.truncate(path, 8 + MOST_READ + 1)
    fact = read_safetensors(str(tmp_path), path.name)
    assert isinstance(fact, Unknown) and fact.reason is Reason.UNSUPPORTED
