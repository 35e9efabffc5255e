from __future__ import annotations

import pytest

from doctor.core.report import Report, Severity, Verdict
from doctor.formats.verdict import verdict_of
from tests.formats.reports import outcome, problem, report


def broken(*topics: str, severity: Severity = Severity.ERROR) -> Report:
    found = [outcome(f"{topic}001", Verdict.PROBLEM, problem(severity=severity), topic=topic) for topic in topics]
    return report(*found)


@pytest.mark.parametrize(
    ("topics", "sentence"),
    [
        (("MODEL",), "The model folder is broken: 1 error"),
        (("LORA", "LORA"), "What was given as an adapter is broken: 2 errors"),
        (("MODEL", "LORA"), "The folders are broken: 2 errors"),
        (("PKG",), "This environment is broken: 1 error"),
        (("PKG", "MODEL"), "This environment is broken: 2 errors"),
    ],
)
def test_says_what_is_broken(topics: tuple[str, ...], sentence: str):
    assert verdict_of(broken(*topics)) == sentence


def test_a_warning_breaks_nothing():
    assert verdict_of(broken("MODEL", severity=Severity.WARNING)) == "No error, but 1 warning"
