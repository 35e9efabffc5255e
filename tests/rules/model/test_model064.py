from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.models import Draft
from tests.rules.model.folders import judge, judge_defect, put


def test_only_the_tokenizer_knows():
    found = judge_defect("MODEL064", "M196")
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]
    assert "</s>" in found.problems[0].message


def test_nothing_knows():
    def change(draft: Draft) -> None:
        draft.config["eos_token_id"] = draft.generation_config["eos_token_id"] = None
        draft.tokenizer_config["eos_token"] = draft.special_tokens_map = None

    found = judge("MODEL064", change)
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.ERROR]


def test_one_of_them_is_enough():
    assert judge("MODEL064").verdict is Verdict.HEALTHY
    assert judge("MODEL064", put(eos_token_id=None)).verdict is Verdict.HEALTHY
    assert judge_defect("MODEL064", "M190").verdict is Verdict.HEALTHY
