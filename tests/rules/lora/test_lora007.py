"""LORA007."""

from __future__ import annotations

import dataclasses

from doctor.core.report import Severity, Verdict
from tests.adapters import folder_of, lora
from tests.rules.lora.judging import messages, outcome


def test_a_field_that_is_missing():
    for field in ("r", "lora_alpha", "target_modules"):
        (message,) = messages("LORA007", lora().drop(field))
        assert f"lacks {field}:" in message


def test_targets_that_are_null():
    (problem,) = outcome("LORA007", lora().state(target_modules=None)).problems
    assert problem.severity is Severity.WARNING


def test_fields_with_defaults_may_be_missing():
    assert messages("LORA007", lora().drop("bias", "use_rslora", "modules_to_save", "task_type")) == []


def test_a_config_that_is_stated_in_part():
    """Somebody said that the rank is 64, and nothing else."""
    draft = lora()
    draft.config = {"r": 64}
    stated = dataclasses.replace(folder_of(draft), files=())
    found = outcome("LORA007", stated)
    assert found.verdict is Verdict.UNKNOWN
    assert outcome("LORA003", stated).verdict is Verdict.UNKNOWN
    assert outcome("LORA040", stated).verdict is Verdict.UNKNOWN
    assert outcome("LORA016", stated).verdict is Verdict.PROBLEM
