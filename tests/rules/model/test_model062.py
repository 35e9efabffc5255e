from __future__ import annotations

from doctor.core.report import Verdict
from tests.rules.model.folders import judge, judge_defect, put


def test_says_both_numbers():
    (problem,) = judge_defect("MODEL062", "M125").problems
    assert problem.message == "its largest id is 332, and the model has 320 tokens"


def test_healthy():
    assert judge("MODEL062").verdict is Verdict.HEALTHY
    assert judge("MODEL062", put(vocab_size=266)).verdict is Verdict.HEALTHY
    assert judge("MODEL062", put(vocab_size=265)).verdict is Verdict.PROBLEM
