"""Nodes that nobody expected."""

from __future__ import annotations

import dataclasses

from doctor.core.fleet.members import NodeState
from doctor.core.report import Verdict
from tests.fleets import expect, nodes, outcome_of, silent


def test_a_node_that_is_not_on_the_list():
    (finding,) = outcome_of("FLT005", nodes({}, {}, {}), expectation=expect("node1", "node3")).findings
    assert finding.nodes == (1,)


def test_more_than_were_counted():
    (finding,) = outcome_of("FLT005", nodes({}, {}), expectation=expect(count=1)).findings
    assert finding.problem.message == "1 node was expected, and there are 2"
    (finding,) = outcome_of("FLT005", nodes({}, {}, {}), expectation=expect(count=2)).findings
    assert finding.problem.message == "2 nodes were expected, and there are 3"


def test_without_a_list_it_does_not_apply():
    assert outcome_of("FLT005", nodes({}, {})).verdict is Verdict.NOT_APPLICABLE


def test_those_who_were_expected():
    two = nodes({}, {})
    assert outcome_of("FLT005", two, expectation=expect("node1", "node2")).verdict is Verdict.HEALTHY
    addressed = [dataclasses.replace(node, address=f"10.0.0.{number}") for number, node in enumerate(two, start=2)]
    assert outcome_of("FLT005", addressed, expectation=expect("10.0.0.2", "10.0.0.3")).verdict is Verdict.HEALTHY
    quiet = [*two, silent("node2-b", NodeState.NO_ANSWER)]
    assert outcome_of("FLT005", quiet, expectation=expect("node1", "node2")).findings == ()
    assert outcome_of("FLT005", two, expectation=expect(count=2)).verdict is Verdict.HEALTHY
