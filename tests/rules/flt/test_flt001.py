"""Nodes of which nothing was heard."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fleet.members import NodeState
from doctor.core.report import Verdict
from tests.fleets import expect, nodes, outcome_of, silent


@pytest.mark.parametrize(
    ("state", "subject"),
    [
        (NodeState.MISSING, "no report"),
        (NodeState.NO_ANSWER, "no answer"),
        (NodeState.LOST, "node lost"),
        (NodeState.PROBE_FAILED, "probe failed"),
    ],
)
def test_each_kind_of_silence_is_told_with_what_is_known_of_it(state, subject):
    arrivals = [*nodes({}), silent("node2", state, "why"), silent("node3", state, "why"), silent("node7", state)]
    (finding,) = outcome_of("FLT001", arrivals).findings
    assert finding.problem.subject == subject
    assert "node[2-3,7]" in finding.problem.message
    assert finding.nodes == (1, 2, 3)
    assert [(share.text, share.nodes) for share in finding.shares] == [("why", (1, 2)), ("nothing more is known", (3,))]


def test_an_expected_node_of_which_nothing_came():
    (finding,) = outcome_of("FLT001", nodes({}, {}), expectation=expect("node1", "node2", "node3")).findings
    assert finding.problem.message.endswith("node3")
    assert finding.shares == ()


@pytest.mark.parametrize("name", ["node1", "node1.cluster.example", "10.0.0.2"])
def test_a_node_is_known_by_its_name_with_or_without_domain_and_by_its_address(name):
    (arrival,) = nodes({})
    arrival = dataclasses.replace(arrival, address="10.0.0.2")
    assert outcome_of("FLT001", [arrival], expectation=expect(name)).verdict is Verdict.HEALTHY


def test_another_domain_is_another_node():
    (arrival,) = nodes({})
    arrival = dataclasses.replace(
        arrival, node="node1.a.example", content=arrival.content.replace(b"node1", b"node1.a.example")
    )
    assert outcome_of("FLT001", [arrival], expectation=expect("node1.b.example")).findings


def test_too_few_where_only_their_number_is_known():
    (finding,) = outcome_of("FLT001", nodes({}, {}), expectation=expect(count=5)).findings
    assert "5 nodes were expected, and 2 reports came" in finding.problem.message
    assert outcome_of("FLT001", nodes({}, {}), expectation=expect(count=2)).verdict is Verdict.HEALTHY
    (finding,) = outcome_of("FLT001", nodes({}), expectation=expect(count=2)).findings
    assert "and 1 report came" in finding.problem.message
