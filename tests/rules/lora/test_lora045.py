"""LORA045."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.models import llama
from tests.rules.lora.judging import messages, outcome


def test_served_without_lora():
    (message,) = messages("LORA045", lora(), model=llama(architectures=["FalconForCausalLM"]))
    assert "vLLM 0.32.0 serves FalconForCausalLM without LoRA" in message
    (problem,) = outcome("LORA045", lora(), model=llama(architectures=["FalconForCausalLM"])).problems
    assert [remedy.pins for remedy in problem.remedies] == [()]


def test_lora_came_later():
    draft, model = lora(), llama(architectures=["Qwen3MoeForCausalLM"])
    (problem,) = outcome("LORA045", draft, model=model, vllm="0.8.5").problems
    assert problem.remedies[0].pins == ("vllm>=0.10.0",)
    assert messages("LORA045", draft, model=model, vllm="0.10.0") == []


def test_what_takes_it():
    for vllm in ("0.5.5", "0.32.0"):
        assert messages("LORA045", lora(), base=llama(), vllm=vllm) == []


def test_an_architecture_that_the_release_does_not_have():
    assert outcome("LORA045", lora(), model=llama(architectures=["FooForCausalLM"])).verdict is Verdict.NOT_APPLICABLE


def test_a_release_that_the_matrix_does_not_know():
    assert outcome("LORA045", lora(), model=llama(), vllm="9.9.9").verdict is Verdict.UNKNOWN
