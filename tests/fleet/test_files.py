"""Reports that lie in files."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from doctor.core.errors import TargetError
from doctor.core.fleet.members import NodeState
from doctor.fleet.files import arrivals, find_reports, read_stream
from doctor.fleet.node_report import LARGEST


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("node2.json", "node1.json", "node1.log", ".node3.json", "hosts.txt"):
        (tmp_path / name).write_text(name)
    return tmp_path


def test_of_a_folder_the_reports_are_taken_and_nothing_else(folder: Path):
    assert [path.name for path in find_reports([str(folder)])] == ["node1.json", "node2.json"]


def test_a_file_is_taken_whatever_it_is_called_and_once_only(folder: Path):
    found = find_reports([str(folder / "node1.log"), str(folder / "node1.json"), str(folder), str(folder / "*.json")])
    assert [path.name for path in found] == ["node1.log", "node1.json", "node2.json"]


def test_a_pattern_without_a_match_finds_none_and_a_name_is_an_error(folder: Path):
    assert find_reports([str(folder / "*.yaml")]) == []
    with pytest.raises(TargetError, match="no such file"):
        find_reports([str(folder / "node9.json")])


def test_a_name_that_no_file_can_have_is_an_error():
    with pytest.raises(TargetError, match="cannot be looked at: File name too long"):
        find_reports(["a" * 5000])


def test_of_a_stream_no_more_is_kept_than_shows_that_it_is_no_report():
    content = b"x" * (3 * LARGEST) + b"\n{}\n"
    endless, report = read_stream(io.BytesIO(content))
    assert LARGEST < len(endless.content) <= 2 * LARGEST
    assert report.content == b"{}\n"


def test_each_is_read_when_it_is_its_turn(folder: Path):
    stream = arrivals(find_reports([str(folder)]))
    assert next(stream).content == b"node1.json"
    (folder / "node2.json").write_text("later")
    second = next(stream)
    assert (second.node, second.content, second.origin) == ("node2", b"later", str(folder / "node2.json"))


@pytest.mark.parametrize("kind", ["folder", "pipe", "dangling"])
def test_what_cannot_be_read_arrives_as_unreadable(tmp_path: Path, kind: str):
    path = tmp_path / "node1.json"
    {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path), "dangling": lambda: path.symlink_to("nowhere")}[kind]()
    (arrival,) = arrivals([path])
    assert arrival.state is NodeState.UNREADABLE
    assert "node1.json" in arrival.detail
