"""LORA007."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_a_field_that_is_missing():
    for field in ("r", "lora_alpha", "target_modules"):
        (message,) = messages("LORA007", lora().drop(field))
        assert f"lacks {field}:" in message


def test_fields_with_defaults_may_be_missing():
    assert messages("LORA007", lora().drop("bias", "use_rslora", "modules_to_save", "task_type")) == []
