"""LORA054."""

from __future__ import annotations

from doctor.core.adapter import ADAPTERS
from doctor.core.distribution import DISTRIBUTIONS, Distribution
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Outcome, Verdict
from tests.adapters import Draft, folder_of, lora
from tests.facts import distribution, interpreter, judge
from tests.rules.lora.judging import MATRIX


def judged(draft: Draft, *packages: Distribution) -> Outcome:
    facts = {ADAPTERS: (folder_of(draft),), DISTRIBUTIONS: packages, INTERPRETER: interpreter()}
    return judge("LORA054", facts, MATRIX)


def test_entries_of_a_newer_peft():
    (problem,) = judged(lora(eva_config=None, exclude_modules=None), distribution("peft", "0.13.2")).problems
    assert "PEFT 0.13.2 does not know and refuses" in problem.message
    assert "lora_bias" in problem.message
    assert problem.remedies[0].pins == ("peft>=0.14.0",)
    assert "eva_config" in problem.remedies[1].text


def test_newer_ones_leave_them_out():
    for version in ("0.14.0", "0.21.2"):
        assert judged(lora(some_future_key=1), distribution("peft", version)).verdict is Verdict.HEALTHY


def test_an_entry_that_is_gone():
    draft = lora()
    draft.config = {"r": 8, "lora_alpha": 8, "target_modules": ["q"], "peft_type": "LORA", "enable_lora": None}
    (problem,) = judged(draft, distribution("peft", "0.7.0")).problems
    assert problem.message.endswith("refuses: enable_lora")
    assert judged(draft, distribution("peft", "0.2.0")).verdict is Verdict.HEALTHY


def test_entries_of_its_own_time():
    draft = lora()
    draft.config = {"r": 8, "lora_alpha": 8, "target_modules": ["q"], "peft_type": "LORA", "use_dora": False}
    assert judged(draft, distribution("peft", "0.9.0")).verdict is Verdict.HEALTHY
    assert judged(draft, distribution("peft", "0.8.2")).verdict is Verdict.PROBLEM


def test_no_peft():
    assert judged(lora(), distribution("vllm", "0.5.5")).verdict is Verdict.NOT_APPLICABLE


def test_a_peft_whose_version_cannot_be_read_may_not_know_an_entry():
    outcome = judged(lora(), distribution("peft", "mine"))
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reasons == ("the matrix does not know which entries PEFT mine takes",)
