"""Pythons that differ."""

from __future__ import annotations

from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Verdict
from tests.facts import interpreter
from tests.fleets import arrive, nodes, outcome_of


def pythons(*versions: str):
    return nodes(*({INTERPRETER: interpreter(version)} for version in versions))


def test_the_patch_level_counts_as_it_does_for_ray():
    (finding,) = outcome_of("FLT006", pythons("3.11.7", "3.11.7", "3.11.2")).findings
    assert finding.nodes == (2,)
    assert [(share.text, share.nodes) for share in finding.shares] == [("3.11.7", (0, 1)), ("3.11.2", (2,))]
    assert ("uv", "venv", "--python", "3.11.7") in finding.problem.remedies[0].commands


def test_of_two_nodes_both_are_shown_and_neither_is_called_right():
    (finding,) = outcome_of("FLT006", pythons("3.11.7", "3.12.1")).findings
    assert finding.nodes == (0, 1)
    assert "3.11.7 on node1, 3.12.1 on node2" in finding.problem.message
    assert "no value has a majority" in finding.problem.message
    assert finding.problem.remedies[0].commands == (), "no version is the one to be made with"


def test_half_is_no_majority():
    (finding,) = outcome_of("FLT006", pythons("3.11.7", "3.11.7", "3.12.1", "3.12.2")).findings
    assert finding.nodes == (0, 1, 2, 3)


def test_a_head_node_must_have_the_same():
    """Ray refuses it otherwise, whatever it is for."""
    head = arrive("head", 9, facts={INTERPRETER: interpreter("3.12.1")}, of="sound_cpu", role="head")
    (finding,) = outcome_of("FLT006", [*pythons("3.11.7", "3.11.7"), head]).findings
    assert finding.nodes == (2,)


def test_one_node_has_nothing_to_be_compared_with():
    assert outcome_of("FLT006", pythons("3.11.7")).verdict is Verdict.NOT_APPLICABLE


def test_another_implementation_has_no_version_to_be_made_with():
    others = nodes(*({INTERPRETER: interpreter(implementation=name)} for name in ("cpython", "cpython", "pypy")))
    (finding,) = outcome_of("FLT006", others).findings
    assert finding.problem.remedies[0].commands == ()


def test_a_version_that_most_do_not_state_is_none_to_be_made_with():
    (finding,) = outcome_of("FLT006", pythons("", "", "3.12.1")).findings
    assert finding.nodes == (2,)
    assert finding.problem.remedies[0].commands == ()


def test_of_most_of_a_fleet_it_is_enough_to_know_how_many():
    (finding,) = outcome_of("FLT006", pythons(*["3.11.7"] * 7, "3.11.2")).findings
    assert "3.11.7 on 7 nodes, 3.11.2 on node8" in finding.problem.message
    (finding,) = outcome_of("FLT006", pythons(*["3.11.7"] * 6, "3.11.2")).findings
    assert "3.11.7 on node[1-6] (6 nodes), 3.11.2 on node7" in finding.problem.message
