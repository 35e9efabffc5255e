from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import judge_defect


@pytest.mark.parametrize(
    ("number", "words", "severity"),
    [
        ("M143", "does not name lm_head.weight", Severity.WARNING),
        ("M143f", "does not name lm_head.weight", Severity.ERROR),
        ("M143b", "names model.extra.weight, which no file holds", Severity.WARNING),
        ("M142", "places lm_head.weight in model-00001-of-00006.safetensors", Severity.WARNING),
    ],
)
def test_says_what_differs(number: str, words: str, severity: Severity):
    found = judge_defect("MODEL045", number)
    assert [found.severity_of(problem) for problem in found.problems] == [severity]
    assert words in found.problems[0].message


def test_healthy_and_told_elsewhere():
    assert judge_defect("MODEL045", "M001").verdict is Verdict.HEALTHY
    for number in ("M000", "M140", "M143e", "M144"):
        assert judge_defect("MODEL045", number).verdict is Verdict.NOT_APPLICABLE
