"""LORA044."""

from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.adapters import Draft, lora
from tests.models import Stored
from tests.rules.lora.judging import outcome


def draft_with_zero(*parts: str) -> Draft:
    draft = lora()
    for name, tensor in draft.tensors.items():
        if any(part in name for part in parts):
            draft.tensors[name] = Stored("BF16", tensor.shape)
    return draft


def test_all_are_zero():
    found = outcome("LORA044", draft_with_zero("lora_B"), deep=True)
    assert "14 of its 14 lora_B are all zero" in found.problems[0].message
    assert found.severity_of(found.problems[0]) is Severity.ERROR


def test_some_are_zero():
    found = outcome("LORA044", draft_with_zero("0.mlp.up_proj.lora_B"), deep=True)
    assert found.severity_of(found.problems[0]) is Severity.WARNING


def test_trained():
    assert outcome("LORA044", lora(), deep=True).verdict is Verdict.HEALTHY


def test_without_deep_nothing_is_said():
    assert outcome("LORA044", draft_with_zero("lora_B")).verdict is Verdict.NOT_APPLICABLE
