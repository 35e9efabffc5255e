"""LORA029."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import Draft, lora, pair
from tests.models import llama
from tests.rules.lora.judging import messages, outcome


def draft_with(module: str) -> Draft:
    draft = lora()
    draft.tensors |= pair(module, (320, 64))
    return draft


def test_architectures_that_do_not_take_it():
    for architecture, vllm in (
        ("Qwen2ForCausalLM", "0.32.0"),
        ("Gemma2ForCausalLM", "0.32.0"),
        ("MistralForCausalLM", "0.15.0"),
    ):
        (message,) = messages("LORA029", draft_with("lm_head"), model=llama(architectures=[architecture]), vllm=vllm)
        assert f"it adapts lm_head, which vLLM {vllm} does not take for {architecture}" in message


def test_architectures_that_do():
    for architecture, vllm in (
        ("LlamaForCausalLM", "0.32.0"),
        ("LlamaForCausalLM", "0.5.5"),
        ("MistralForCausalLM", "0.14.1"),
    ):
        assert messages("LORA029", draft_with("lm_head"), model=llama(architectures=[architecture]), vllm=vllm) == []


def test_no_embedding_is_adapted():
    base = llama(architectures=["Qwen2ForCausalLM"])
    assert messages("LORA029", lora(), model=base) == []
    assert len(messages("LORA029", lora(), draft_with("lm_head"), model=base)) == 1, "the second is judged, too"


def test_where_no_embedding_is_adapted_no_base_is_asked_for():
    assert outcome("LORA029", lora()).verdict is Verdict.HEALTHY


def test_an_embedding_among_the_linear_layers_of_an_architecture():
    """vLLM 0.6.3 lists that of Mamba there."""
    base = llama(architectures=["MambaForCausalLM"])
    assert messages("LORA029", draft_with("embed_tokens"), model=base, vllm="0.6.3") == []


def test_without_a_base():
    assert outcome("LORA029", draft_with("lm_head")).verdict is Verdict.NOT_APPLICABLE


def test_an_architecture_without_lora_is_another_rules_matter():
    """LORA045 says that nothing of it is served."""
    base = llama(architectures=["OPTForCausalLM"])
    assert messages("LORA029", draft_with("lm_head"), model=llama(architectures=["NoSuchForCausalLM"])) == []
    assert messages("LORA029", draft_with("lm_head"), model=base, vllm="0.5.5") == []


def test_a_base_without_a_config_is_another_rules_matter():
    """What the base lacks is said by the rules on models, and said once."""
    base = llama()
    for broken in (None, ["not", "an", "object"]):
        base.config = broken
        assert outcome("LORA029", draft_with("lm_head"), model=base).verdict is Verdict.NOT_APPLICABLE
