"""Names of nodes in the notation of clusters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.fleet.nodeset import Names, fold, unfold

NAMES = st.lists(st.from_regex(r"[a-z]{1,3}-?[0-9]{0,4}[a-z]{0,2}", fullmatch=True), max_size=30)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["head"], "head"),
        (["node1"], "node1"),
        (["node3", "node1", "node2", "node7"], "node[1-3,7]"),
        (["n08", "n09", "n10", "n100"], "n100, n[08-10]"),
        (["node9", "node10"], "node[9-10]"),
        (["gpu-1a", "gpu-2a", "gpu-1b"], "gpu-1b, gpu-[1-2]a"),
        (["10.0.0.1", "10.0.0.2"], "10.0.0.[1-2]"),
        (["node1", "node1"], "node1"),
    ],
)
def test_what_differs_in_its_last_number_is_folded(names, text):
    assert fold(names) == text


@given(NAMES)
def test_nothing_is_lost_and_nothing_added(names):
    assert sorted(unfold(fold(names))) == sorted(set(names))


def test_ranges_multiply():
    assert unfold("r[1-2]n[1-2]") == ["r1n1", "r1n2", "r2n1", "r2n2"]


@pytest.mark.parametrize(
    "text", ["node[1-3", "node1-3]", "node[a]", "node[1-999999999]", "node[]", "node[3-1]", "n[[1]2]", "n" + "[1]" * 9]
)
def test_what_is_no_expression(text):
    with pytest.raises(ValueError):
        unfold(text)


def test_numbers_beyond_the_largest_fleet_are_counted_and_not_written():
    with pytest.raises(ValueError, match="stands for more than 20000 nodes"):
        unfold("a" + "[1-20000]" * 8)


def test_a_name_is_found_with_or_without_its_domain_but_not_with_another():
    names = Names(["node1", "node2.a.example", "10.0.0.1"])
    assert "node1.b.example" in names
    assert "node2" in names
    assert "node2.b.example" not in names
    assert "10.0.0.2" not in names
    assert "10" not in names
