from __future__ import annotations

from doctor.core.report import Verdict
from tests.rules.model.folders import OLD, judge, judge_defect


def test_an_old_transformers_asks():
    found = judge_defect("MODEL040", "M136", distributions=OLD)
    assert "transformers 4.44.2" in found.problems[0].message


def test_a_new_one_does_not():
    assert judge_defect("MODEL040", "M136").verdict is Verdict.HEALTHY
    assert judge("MODEL040", distributions=OLD).verdict is Verdict.HEALTHY
    assert judge_defect("MODEL040", "M136", distributions=()).verdict is Verdict.HEALTHY
