"""What was to report."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.errors import TargetError
from doctor.core.fleet.members import Expectation
from doctor.fleet.expectation import MOST_BYTES, read_expectation
from doctor.fleet.roll import read_role


def test_a_number():
    assert read_expectation("8") == Expectation(count=8)


def test_an_expression():
    assert read_expectation("node[1-2],head").names == ("node1", "node2", "head")


def test_the_host_files_of_launchers(tmp_path):
    file = tmp_path / "hosts"
    file.write_text("# mine\n[workers]\nnode1 slots=8\nnode[2-3]  # two\n\nnode1\n10.0.0.9\n")
    assert read_expectation(str(file)).names == ("node1", "node2", "node3", "10.0.0.9")


@pytest.mark.parametrize("text", ["0", "hosts.txt", "node[1-", "node[x],a"])
def test_what_cannot_be_read_is_said(text):
    with pytest.raises(TargetError) as caught:
        read_expectation(text)
    assert text in caught.value.message or "no number" in caught.value.message


@pytest.mark.parametrize("content", ["", "# nobody\n", "[group]\n"])
def test_a_file_that_names_nobody(tmp_path, content):
    file = tmp_path / "hosts"
    file.write_text(content)
    with pytest.raises(TargetError, match="names no host"):
        read_expectation(str(file))


def test_a_file_that_is_no_text(tmp_path):
    file = tmp_path / "hosts"
    file.write_bytes(b"node1\n\xff\xfe\n")
    with pytest.raises(TargetError, match=f"{file} cannot be read as a list of hosts: "):
        read_expectation(str(file))


@pytest.mark.parametrize(
    ("text", "why"),
    [("head", "write ROLE=NODES"), ("=node1", "write ROLE=NODES"), ("head=node[1-", "--role head=node")],
)
def test_a_role_that_cannot_be_read_is_said(text, why):
    with pytest.raises(TargetError, match=why):
        read_role(text)


def test_what_no_fleet_has_is_refused(tmp_path: Path):
    with pytest.raises(TargetError, match="no fleet has more than 20,000 nodes"):
        read_expectation("9" * 5000)
    for text in ("a" + "[1-2]" * 900, "node[1-" + "9" * 5000 + "]", f"node[{'0' * 40}-1]"):
        with pytest.raises(TargetError):
            read_expectation(text)
    path = tmp_path / "hosts"
    path.write_text("a[1-15000]\nb[1-15000]\n")
    with pytest.raises(TargetError, match="names more than 20,000 hosts"):
        read_expectation(str(path))
    path.write_bytes(b"x" * (MOST_BYTES + 1))
    with pytest.raises(TargetError, match="more than 4 MiB"):
        read_expectation(str(path))


def test_a_list_of_names_that_is_too_long_for_the_name_of_a_file_is_one():
    names = [f"node-with-a-long-name-{number}" for number in range(200)]
    assert read_expectation(",".join(names)).names == tuple(names)
