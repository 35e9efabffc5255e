"""LORA050."""

from __future__ import annotations

from doctor.core.report import Severity
from tests.adapters import lora
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
