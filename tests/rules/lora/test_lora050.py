"""LORA050."""

from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.adapters import lora
from tests.facts import absent
from tests.models import Draft, llama
from tests.rules.lora.judging import messages, outcome


def packed(method: str | None) -> Draft:
    return llama(quantization_config={"quant_method": method} if method else None)


def test_refused_then_not_tested_then_taken():
    for vllm, severity in (("0.4.0", Severity.ERROR), ("0.5.5", Severity.WARNING)):
        (problem,) = outcome("LORA050", lora(), model=packed("bitsandbytes"), vllm=vllm).problems
        assert problem.severity is severity
    assert messages("LORA050", lora(), model=packed("bitsandbytes"), vllm="0.32.0") == []


def test_what_was_tested():
    for method in ("awq", "gptq"):
        assert messages("LORA050", lora(), model=packed(method), vllm="0.5.5") == []


def test_a_base_in_16_bit():
    assert messages("LORA050", lora(), model=packed(None), vllm="0.4.0") == []


@pytest.mark.parametrize("block", [{}, {"quant_method": ""}, {"quant_method": 4}, "awq", None])
def test_a_block_without_a_method_is_another_rules_matter(block):
    assert messages("LORA050", lora(), model=llama(quantization_config=block), vllm="0.4.0") == []


def test_what_is_refused_is_so_with_every_method_and_taken_by_a_newer_release():
    (problem,) = outcome("LORA050", lora(), model=packed("awq"), vllm="0.4.0").problems
    assert "refuses LoRA on it" in problem.message
    newer, other = problem.remedies
    assert newer.pins[0].startswith("vllm>=0.")
    assert other.pins == ()
    assert messages("LORA050", lora(), model=packed("bitsandbytes"), vllm=newer.pins[0].partition(">=")[2]) == []


def test_without_an_adapter_it_does_not_apply():
    assert outcome("LORA050", absent(), model=packed("awq"), vllm="0.4.0").verdict is Verdict.NOT_APPLICABLE
