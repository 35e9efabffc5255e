from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import judge, judge_defect


@pytest.mark.parametrize(("number", "severity"), [("M190", Severity.INFO), ("M191", Severity.WARNING)])
def test_missing_is_a_note_and_broken_a_warning(number: str, severity: Severity):
    found = judge_defect("MODEL067", number)
    assert [found.severity_of(problem) for problem in found.problems] == [severity]


def test_healthy():
    assert judge("MODEL067").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL067", "M192").verdict is Verdict.HEALTHY
