"""What was to report."""

from __future__ import annotations

import pytest

from doctor.core.errors import TargetError
from doctor.core.fleet import Expectation
from doctor.fleet.expectation import read_expectation


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
