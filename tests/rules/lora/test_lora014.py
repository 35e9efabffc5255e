"""LORA014."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_the_name_of_the_adapter():
    (message,) = messages("LORA014", lora().rename(".weight", ".default.weight"))
    assert "'default'" in message


def test_the_part_of_a_wrapper():
    for part in ("_orig_mod", "_fsdp_wrapped_module"):
        (message,) = messages("LORA014", lora().rename("base_model.model.", f"base_model.model.{part}."))
        assert f"the part {part}" in message


def test_the_names_of_peft():
    assert messages("LORA014", lora()) == []
