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


def test_a_size_that_is_none_is_another_rules_matter():
    for size in (None, "265", True):
        found = judge("MODEL062", put(vocab_size=size))
        assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())


def test_the_size_of_the_language_model_counts():
    assert judge("MODEL062", put(vocab_size=8, text_config={"vocab_size": 320})).verdict is Verdict.HEALTHY
    assert judge("MODEL062", put(vocab_size=8, text_vocab_size=320)).verdict is Verdict.HEALTHY
