"""LORA054."""

from __future__ import annotations

import dataclasses

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Outcome, Verdict
from tests.adapters import Draft, folder_of, lora
from tests.facts import EMPTY_MATRIX, distribution, interpreter, judge
from tests.rules.lora.judging import MATRIX


def judged(draft: Draft, *packages: Distribution, matrix: Matrix = MATRIX) -> Outcome:
    facts = {ADAPTERS: (folder_of(draft),), DISTRIBUTIONS: packages, INTERPRETER: interpreter()}
    return judge("LORA054", facts, matrix)


def test_entries_of_a_newer_peft():
    (problem,) = judged(lora(eva_config=None, exclude_modules=None), distribution("peft", "0.13.2")).problems
    assert "PEFT 0.13.2 does not know and refuses" in problem.message
    assert "lora_bias" in problem.message
    assert problem.remedies[0].pins == ("peft>=0.14.0",)
    assert "eva_config" in problem.remedies[1].text


def test_newer_ones_leave_them_out():
    for version in ("0.14.0", "0.14.1.dev0", "0.21.2"):
        outcome = judged(lora(some_future_key=1), distribution("peft", version))
        assert outcome.verdict is Verdict.HEALTHY
        assert "adapter-key *" in [item.key for item in outcome.evidence]


def test_what_something_stands_in_is_not_to_be_taken_out():
    draft = lora()
    draft.config = {"r": 8, "lora_alpha": 8, "target_modules": ["q"], "peft_type": "LORA", "lora_bias": True}
    (problem,) = judged(draft, distribution("peft", "0.13.2")).problems
    assert len(problem.remedies) == 1
    draft.config["eva_config"] = None
    (problem,) = judged(draft, distribution("peft", "0.12.0")).problems
    assert problem.remedies[1].text.startswith("Or take eva_config out of")


def test_a_matrix_in_another_order_or_without_the_release_that_leaves_out_what_it_does_not_know():
    peft = distribution("peft", "0.13.2")
    turned = dataclasses.replace(MATRIX, adapter_keys=MATRIX.adapter_keys[::-1])
    (problem,) = judged(lora(), peft, matrix=turned).problems
    assert problem.remedies[0].pins == ("peft>=0.14.0",)
    without = dataclasses.replace(MATRIX, adapter_keys=tuple(key for key in MATRIX.adapter_keys if key.name != "*"))
    (problem,) = judged(lora(), peft, matrix=without).problems
    assert problem.remedies[0].pins == ("peft",)
    assert judged(lora(), peft, matrix=EMPTY_MATRIX).verdict is Verdict.UNKNOWN


def test_an_entry_that_is_gone():
    draft = lora()
    draft.config = {"r": 8, "lora_alpha": 8, "target_modules": ["q"], "peft_type": "LORA", "enable_lora": None}
    (problem,) = judged(draft, distribution("peft", "0.7.0")).problems
    assert problem.message.endswith("refuses: enable_lora")
    assert judged(draft, distribution("peft", "0.2.0")).verdict is Verdict.HEALTHY


def test_entries_of_its_own_time():
    draft = lora()
    draft.config = {"r": 8, "lora_alpha": 8, "target_modules": ["q"], "peft_type": "LORA", "use_dora": False}
    for version in ("0.9.0", "0.9.1.dev0"):
        assert judged(draft, distribution("peft", version)).verdict is Verdict.HEALTHY
    assert judged(draft, distribution("peft", "0.8.2")).verdict is Verdict.PROBLEM


def test_no_peft():
    assert judged(lora(), distribution("vllm", "0.5.5")).verdict is Verdict.NOT_APPLICABLE


def test_a_peft_whose_version_cannot_be_read_may_not_know_an_entry():
    outcome = judged(lora(), distribution("peft", "mine"))
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reasons == ("the matrix does not know which entries PEFT mine takes",)
