"""How a difference is told, and what is installed where."""

from __future__ import annotations

import pytest

from doctor.core.fleet.members import Node, NodeState
from doctor.core.fleet.report import Share
from doctor.core.fleet.rule import FleetEnv
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.rules.flt.difference import SYNC, tell
from tests.facts import EMPTY_MATRIX, distribution
from tests.fleets import nodes, outcome_of


def with_versions(*versions: str | None):
    """A node for each, that has this triton, or none."""
    found = ((distribution("a", "1"), *([distribution("triton", version)] if version else [])) for version in versions)
    return nodes(*({DISTRIBUTIONS: item} for item in found))


def fleet_of(count: int, silent: int = 0) -> FleetEnv:
    states = [NodeState.ANSWERED] * count + [NodeState.UNREADABLE] * silent
    members = tuple(Node(name=f"node{number}", state=state) for number, state in enumerate(states, start=1))
    return FleetEnv(nodes=members, columns={}, matrix=EMPTY_MATRIX)


@pytest.mark.parametrize(
    ("count", "alike", "told"),
    [
        (20, 1, "x on node1"),
        (20, 2, "x on node[1-2]"),
        (20, 3, "x on node[1-3] (3 nodes)"),
        (6, 6, "x on node[1-6] (6 nodes)"),
        (7, 7, "x on 7 nodes"),
        (14, 7, "x on node[1-7] (7 nodes)"),
        (13, 7, "x on 7 nodes"),
    ],
)
def test_few_nodes_are_named_and_of_most_it_is_told_how_many(count: int, alike: int, told: str):
    for silent in (0, 9):
        assert tell(fleet_of(count, silent), [Share(text="x", nodes=tuple(range(alike)))]) == told


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (3, "0 on node1, 1 on node2, 2 on node3"),
        (4, "0 on node1, 1 on node2, 2 on node3, and 1 more"),
        (5, "0 on node1, 1 on node2, 2 on node3, and 2 more"),
    ],
)
def test_of_many_values_three_are_told(count: int, told: str):
    assert tell(fleet_of(5), [Share(text=str(number), nodes=(number,)) for number in range(count)]) == told


def test_a_majority_is_what_the_others_are_given():
    (finding,) = outcome_of("FLT007", with_versions("3.4", "3.4", "3.3")).findings
    assert finding.problem.message == "triton is not the same everywhere: 3.4 on node[1-2], 3.3 on node3"
    (remedy,) = finding.problem.remedies
    assert remedy.text.startswith("Install on node3 what most nodes have")
    assert (remedy.commands, remedy.pins) == ((("python", "-m", "pip", "install", "triton==3.4"),), ("triton==3.4",))


@pytest.mark.parametrize("versions", [("3.4", "3.3"), (None, None, "3.3")])
def test_without_a_version_that_most_have_one_lock_file_is_installed(versions: tuple[str | None, ...]):
    (finding,) = outcome_of("FLT007", with_versions(*versions)).findings
    (remedy,) = finding.problem.remedies
    assert (remedy.commands, remedy.pins) == ((SYNC,), ())
