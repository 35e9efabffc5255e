"""Reports that are not of one run."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.report import Verdict
from tests.fleets import nodes, outcome_of


def taken(arrival, time: str):
    return dataclasses.replace(arrival, content=arrival.content.replace(b"2026-01-01T00:00:00+00:00", time.encode()))


def test_a_report_that_was_left_from_yesterday():
    first, second, third = nodes({}, {}, {})
    (finding,) = outcome_of("FLT004", [first, taken(second, "2025-12-31T00:00:00+00:00"), third]).findings
    assert finding.nodes == (1,)
    assert "24 hours" in finding.problem.message
    assert finding.problem.remedies[0].commands == (("doctor", "snapshot", "-o", "node.json"),)


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (("2025-12-31T22:59:59+00:00",), "taken up to an hour before"),
        (("2025-12-31T22:59:59",), "taken up to an hour before"),
        (("2025-12-31T22:30:00+00:00",), "taken up to 2 hours before"),
        (("2025-12-31T22:00:00+00:00", "2025-12-30T00:00:00+00:00"), "taken up to 48 hours before"),
        (("2025-12-31T23:00:00+00:00",), ""),
    ],
)
def test_how_long_before_the_newest(times, said):
    """A time without a zone is taken for one of UTC."""
    first, *others = nodes({}, *({} for _ in times))
    findings = outcome_of("FLT004", [first, *map(taken, others, times)]).findings
    assert [finding.problem.message.startswith(said) for finding in findings] == ([True] if said else [])


def test_an_hour_is_one_run_in_whatever_time_zone():
    first, second = nodes({}, {})
    assert outcome_of("FLT004", [first, taken(second, "2026-01-01T02:30:00+02:00")]).verdict is Verdict.HEALTHY


def test_a_time_that_cannot_be_read_is_undetermined():
    first, second = nodes({}, {})
    outcome = outcome_of("FLT004", [first, taken(second, "yesterday")])
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.gaps[0].nodes == (1,)
    outcome = outcome_of("FLT004", [taken(first, "once"), taken(second, "yesterday")])
    assert (outcome.verdict, outcome.findings) == (Verdict.UNKNOWN, ())


def test_one_report_is_compared_with_none():
    assert outcome_of("FLT004", nodes({})).verdict is Verdict.NOT_APPLICABLE


def test_two_versions_of_doctor():
    first, second = nodes({}, {})
    second = dataclasses.replace(
        second, content=second.content.replace(b'"doctor_version": "test"', b'"doctor_version": "0.0.1"')
    )
    (finding,) = outcome_of("FLT004", [first, second]).findings
    assert [share.text for share in finding.shares] == ["doctor test", "doctor 0.0.1"]
    (finding,) = outcome_of("FLT004", [second, *nodes({}, {})]).findings
    assert [share.text for share in finding.shares] == ["doctor test", "doctor 0.0.1"]
