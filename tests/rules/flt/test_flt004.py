"""Reports that are not of one run."""

from __future__ import annotations

import dataclasses

from doctor.core.report import Verdict
from tests.fleets import nodes, outcome_of


def taken(arrival, time: str):
    return dataclasses.replace(arrival, content=arrival.content.replace(b"2026-01-01T00:00:00+00:00", time.encode()))


def test_a_report_that_was_left_from_yesterday():
    first, second, third = nodes({}, {}, {})
    (finding,) = outcome_of("FLT004", [first, taken(second, "2025-12-31T00:00:00+00:00"), third]).findings
    assert finding.nodes == (1,)
    assert "24 hours" in finding.problem.message


def test_an_hour_is_one_run_in_whatever_time_zone():
    first, second = nodes({}, {})
    assert outcome_of("FLT004", [first, taken(second, "2026-01-01T02:30:00+02:00")]).verdict is Verdict.HEALTHY


def test_a_time_that_cannot_be_read_is_undetermined():
    first, second = nodes({}, {})
    outcome = outcome_of("FLT004", [first, taken(second, "yesterday")])
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.gaps[0].nodes == (1,)


def test_two_versions_of_doctor():
    first, second = nodes({}, {})
    second = dataclasses.replace(
        second, content=second.content.replace(b'"doctor_version": "test"', b'"doctor_version": "0.0.1"')
    )
    (finding,) = outcome_of("FLT004", [first, second]).findings
    assert [share.text for share in finding.shares] == ["doctor test", "doctor 0.0.1"]
