"""Which problem of a report goes first, and what the run as a whole is."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.core.report import Cause, Outcome, Problem, Report, Severity, Verdict


def outcome(code: str, verdict: Verdict, *problems: Problem, **changes: Any) -> Outcome:
    given = {"severity": Severity.ERROR, "cause": Cause.OTHER, "topic": code[:3], "name": "n", "title": "t"}
    return Outcome(code=code, verdict=verdict, problems=problems, **{**given, **changes})


def problem(subject: str, **changes: Any) -> Problem:
    return Problem(subject=subject, message="m", remedies=(), **changes)


def report(*outcomes: Outcome) -> Report:
    return Report(target="t", taken_at="", doctor_version="", matrix_version="", outcomes=outcomes)


def test_the_gravest_first_then_what_brings_other_faults_then_by_topic() -> None:
    found = report(
        outcome("NEW001", Verdict.PROBLEM, problem("a topic of its own")),
        outcome("GPU001", Verdict.PROBLEM, problem("gpu"), problem("note", severity=Severity.INFO)),
        outcome("PKG001", Verdict.PROBLEM, problem("two versions", cause=Cause.DUPLICATE_OR_CONFLICTING_PACKAGES)),
        outcome("PKG006", Verdict.PROBLEM, problem("twice"), cause=Cause.DUPLICATE_OR_CONFLICTING_PACKAGES),
        outcome("SYS001", Verdict.PROBLEM, problem("driver", cause=Cause.DRIVER_TOO_OLD)),
    )
    subjects = [item.subject for _, item in found.problems()]
    assert subjects == ["twice", "driver", "two versions", "gpu", "a topic of its own", "note"]


HEALTHY = outcome("PKG001", Verdict.HEALTHY)
UNKNOWN = outcome("PKG002", Verdict.UNKNOWN)
IDLE = outcome("PKG003", Verdict.NOT_APPLICABLE)
WARNING = outcome("PKG004", Verdict.PROBLEM, problem("w", severity=Severity.WARNING))
PARTLY = outcome("PKG005", Verdict.PROBLEM, problem("w", severity=Severity.WARNING), reasons=("one file unreadable",))


@pytest.mark.parametrize(
    ("outcomes", "verdict", "code"),
    [
        ((), Verdict.UNKNOWN, 3),
        ((IDLE,), Verdict.UNKNOWN, 3),
        ((HEALTHY, IDLE), Verdict.HEALTHY, 0),
        ((HEALTHY, UNKNOWN), Verdict.UNKNOWN, 3),
        ((WARNING,), Verdict.PROBLEM, 0),
        ((WARNING, UNKNOWN), Verdict.PROBLEM, 3),
        ((PARTLY, HEALTHY), Verdict.PROBLEM, 3),
    ],
)
def test_what_could_not_be_judged_is_never_healthy(outcomes: Any, verdict: Verdict, code: int) -> None:
    assert report(*outcomes).verdict() is verdict
    assert report(*outcomes).exit_code(Severity.ERROR) == code


def test_the_grave_decides_the_exit_code_and_the_threshold_what_is_grave() -> None:
    assert report(WARNING, UNKNOWN).exit_code(Severity.WARNING) == 1
