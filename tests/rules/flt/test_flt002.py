"""Reports that are no snapshots."""

from __future__ import annotations

import pytest

from doctor.core.fleet.members import Arrival
from doctor.core.report import Verdict
from tests.fleets import arrive, nodes, outcome_of


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"Warning: Permanently added 'node2'", "not JSON"),
        (b"[1, 2]", "not a snapshot"),
        (b"{}", "not a snapshot"),
        (
            b'{"schema_version": 99, "target": "", "taken_at": "", "doctor_version": "", "facts": {}}',
            "schema version 99",
        ),
        (b"[" * 100_000, "not"),
        (b"\xff\xfe{}", "not JSON"),
    ],
)
def test_what_is_wrong_with_it_is_said(content, why):
    (finding,) = outcome_of("FLT002", [*nodes({}), Arrival(node="node2", content=content)]).findings
    assert finding.nodes == (1,)
    assert why in finding.problem.message
    assert "node2" in finding.problem.message


def test_a_fact_of_the_wrong_form():
    content = arrive("node2").content.replace(b'"locked_memory": -1', b'"locked_memory": "much"')
    (finding,) = outcome_of("FLT002", [*nodes({}), Arrival(node="node2", content=content)]).findings
    assert "limits" in finding.problem.message


def test_facts_that_a_newer_doctor_wrote_are_left_out():
    content = arrive("node2").content.replace(b'"facts": {', b'"facts": {"of_tomorrow": {"known": 1},')
    assert outcome_of("FLT002", [*nodes({}), Arrival(node="node2", content=content)]).verdict is Verdict.HEALTHY
