"""LORA055."""

from __future__ import annotations

from tests.adapters import Draft, lora
from tests.models import Stored
from tests.rules.lora.judging import messages, outcome


def draft_with(name: str) -> Draft:
    draft = lora()
    draft.tensors[f"base_model.model.{name}"] = Stored("BF16", (320, 64))
    return draft


def test_refused_until_0_18():
    for name in ("model.embed_tokens.base_layer.weight", "lm_head.base_layer.weight"):
        (message,) = messages("LORA055", draft_with(name), vllm="0.17.1")
        assert f"it holds base_model.model.{name}, a weight of its base; vLLM 0.17.1 refuses it" == message
        assert messages("LORA055", draft_with(name), vllm="0.18.0") == []


def test_the_release_that_leaves_it_out_is_named():
    (problem,) = outcome("LORA055", draft_with("lm_head.base_layer.weight"), vllm="0.5.5").problems
    assert problem.remedies[1].pins == ("vllm>=0.18.0",)


def test_none_is_there():
    assert messages("LORA055", lora(), vllm="0.5.5") == []
    assert messages("LORA055", draft_with("model.layers.0.self_attn.q_proj.base_layer.weight"), vllm="0.5.5") == []
