"""LORA028."""

from __future__ import annotations

from tests.adapters import lora
from tests.models import Stored
from tests.rules.lora.judging import messages


def test_whole_embeddings():
    draft = lora()
    draft.tensors["base_model.model.lm_head.weight"] = Stored("BF16", (320, 64))
    (message,) = messages("LORA028", draft)
    assert message.startswith("it holds whole weights beside its LoRA (base_model.model.lm_head.weight)")


def test_the_layer_below_the_adapter():
    draft = lora()
    draft.tensors["base_model.model.model.layers.0.self_attn.q_proj.base_layer.weight"] = Stored("BF16", (64, 64))
    assert len(messages("LORA028", draft)) == 1


def test_a_merged_model_under_an_adapters_name():
    draft = lora()
    draft.tensors = {"model.embed_tokens.weight": Stored("BF16", (320, 64))}
    assert messages("LORA028", draft)[0].startswith("it holds no LoRA but whole weights")


def test_what_vllm_leaves_out():
    draft = lora()
    draft.tensors["base_model.model.model.embed_tokens.base_layer.weight"] = Stored("BF16", (320, 64))
    draft.tensors["base_model.model.score.weight"] = Stored("BF16", (2, 64))
    assert messages("LORA028", draft) == []
