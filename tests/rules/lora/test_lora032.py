"""LORA032."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_parameters_of_experts():
    (message,) = messages("LORA032", lora(target_parameters=["mlp.experts.gate_up_proj"]))
    assert "mlp.experts.gate_up_proj" in message


def test_modules():
    assert messages("LORA032", lora()) == []
