from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from doctor.core.artifact.folder import Document
from doctor.core.fact import Absent, Known, Unknown
from doctor.probes.artifact.document import read_document


def read(folder: Path, content: bytes, most: int = 1000) -> Document:
    (folder / "x.json").write_bytes(content)
    fact = read_document(str(folder), "x.json", most)
    assert isinstance(fact, Known)
    return fact.value


def test_an_object_is_read(tmp_path: Path):
    assert read(tmp_path, b'{"a": [1, "\\u00e9"]}') == Document(name="x.json", value={"a": [1, "é"]})


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b'{"a": ', "not-json"),
        (b"\xff", "not-json"),
        (b'{"a": 1' + b"0" * 5000 + b"}", "too-large"),
        (b"[]", "not-an-object"),
        (b"null", "not-an-object"),
        (b"version https://git-lfs.github.com/spec/v1\n", "pointer"),
    ],
)
def test_what_holds_no_object_says_why(tmp_path: Path, content: bytes, kind: str):
    document = read(tmp_path, content)
    assert document.value == {}
    assert document.damage is not None
    assert document.damage.kind == kind


def test_an_error_says_where_it_is(tmp_path: Path):
    damage = read(tmp_path, b'{\n "a" 1}').damage
    assert damage is not None
    assert "line 2 column 6" in damage.detail


def test_what_nests_too_deep_is_told(tmp_path: Path):
    depth = 200_000
    damage = read(tmp_path, b'{"a":' * depth + b"1" + b"}" * depth, most=10_000_000).damage
    assert damage is not None
    assert damage.kind == "too-deep"


def test_what_it_reads_can_be_written(tmp_path: Path):
    """NaN is no JSON, half of a surrogate pair no UTF-8: the snapshot must hold neither."""
    value = read(tmp_path, b'{"a": NaN, "b": -Infinity, "c\\ud800": ["\\udfff"]}').value
    text = json.dumps(value, allow_nan=False, ensure_ascii=False)
    assert text.encode()
    assert value["a"] == "NaN"


def test_no_file_is_absent_and_what_cannot_be_read_is_unknown(tmp_path: Path):
    assert isinstance(read_document(str(tmp_path), "x.json"), Absent)
    (tmp_path / "x.json").mkdir()
    assert isinstance(read_document(str(tmp_path), "x.json"), Unknown)
    os.mkfifo(tmp_path / "y.json")
    assert isinstance(read_document(str(tmp_path), "y.json"), Unknown)
