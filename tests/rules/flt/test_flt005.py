"""Nodes that nobody expected."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.fleets import expect, nodes, outcome_of


def test_a_node_that_is_not_on_the_list():
    (finding,) = outcome_of("FLT005", nodes({}, {}, {}), expectation=expect("node1", "node3")).findings
    assert finding.nodes == (1,)


def test_more_than_were_counted():
    (finding,) = outcome_of("FLT005", nodes({}, {}), expectation=expect(count=1)).findings
    assert "1 nodes were expected, and there are 2" in finding.problem.message


def test_without_a_list_it_does_not_apply():
    assert outcome_of("FLT005", nodes({}, {})).verdict is Verdict.NOT_APPLICABLE


def test_those_who_were_expected():
    two = nodes({}, {})
    assert outcome_of("FLT005", two, expectation=expect("node1", "node2")).verdict is Verdict.HEALTHY
    assert outcome_of("FLT005", two, expectation=expect(count=2)).verdict is Verdict.HEALTHY
