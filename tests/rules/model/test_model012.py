from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import judge, judge_defect


def test_says_how_much_it_is():
    found = judge_defect("MODEL012", "M118")
    assert found.severity is Severity.WARNING
    assert "float32" in found.problems[0].message
    assert "449.2 KiB in place of half" in found.problems[0].message


def test_norms_in_float32_are_usual():
    assert judge_defect("MODEL012", "M119").verdict is Verdict.HEALTHY
    assert judge("MODEL012").verdict is Verdict.HEALTHY
