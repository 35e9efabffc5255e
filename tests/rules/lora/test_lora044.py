"""LORA044."""

from __future__ import annotations

import dataclasses

from doctor.core.report import Severity, Verdict
from tests.adapters import Draft, folder_of, lora
from tests.facts import absent
from tests.models import Stored
from tests.rules.lora.judging import messages, outcome


def draft_with_zero(*parts: str) -> Draft:
    draft = lora()
    for name, tensor in draft.tensors.items():
        if any(part in name for part in parts):
            draft.tensors[name] = Stored("BF16", tensor.shape)
    return draft


def test_all_are_zero():
    found = outcome("LORA044", draft_with_zero("lora_B"), deep=True)
    assert "14 of its 14 lora_B are all zero" in found.problems[0].message
    assert found.problems[0].message.endswith("it changes nothing, and what is served is the base model")
    assert found.severity_of(found.problems[0]) is Severity.ERROR


def test_some_are_zero():
    found = outcome("LORA044", draft_with_zero("0.mlp.up_proj.lora_B"), deep=True)
    assert found.severity_of(found.problems[0]) is Severity.WARNING
    assert found.problems[0].message.endswith(": they change nothing")


def test_trained():
    assert outcome("LORA044", lora(), deep=True).verdict is Verdict.HEALTHY


def test_without_deep_nothing_is_said():
    assert outcome("LORA044", draft_with_zero("lora_B")).verdict is Verdict.NOT_APPLICABLE


def test_values_without_their_table_are_passed_over():
    broken = folder_of(draft_with_zero("lora_B"), "/adapters/deep", deep=True)
    lost = dataclasses.replace(broken, path="/adapters/lost", weights=absent())
    assert len(messages("LORA044", lost, broken)) == 1
