"""LORA036."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora, pair
from tests.models import llama
from tests.rules.lora.judging import messages, outcome


def test_layers_beyond_the_last():
    draft = lora()
    draft.tensors |= pair("model.layers.7.self_attn.q_proj", (64, 64))
    (message,) = messages("LORA036", draft, model=llama())
    assert "1 of its 15 modules cannot be adapted" in message
    assert "leaves them out without a word" in message


def test_a_module_that_is_unknown():
    draft = lora()
    draft.tensors |= pair("model.layers.0.mlp.foo_proj", (64, 64))
    (message,) = messages("LORA036", draft, model=llama())
    assert "refuses the whole adapter because of foo_proj" in message


def test_a_norm():
    draft = lora()
    draft.tensors |= pair("model.layers.0.input_layernorm", (64, 64))
    assert "input_layernorm" in messages("LORA036", draft, model=llama())[0]


def test_fused_names():
    draft = lora()
    draft.tensors |= pair("model.layers.0.self_attn.qkv_proj", (128, 64))
    assert "because of qkv_proj" in messages("LORA036", draft, model=llama())[0]


def test_a_tied_output_layer_has_no_tensor_of_its_own():
    draft = lora()
    draft.tensors |= pair("lm_head", (320, 64))
    assert messages("LORA036", draft, model=llama(tie_word_embeddings=True)) == []


def test_where_none_matches_another_rule_says_it():
    draft = lora().rename("base_model.model.model.", "base_model.model.")
    assert messages("LORA036", draft, model=llama()) == []


def test_experts_alone_are_not_looked_for():
    draft = lora(modules=())
    draft.tensors = pair("model.layers.0.mlp.experts", (64, 32), 64)
    assert outcome("LORA036", draft).verdict is Verdict.HEALTHY
    assert messages("LORA036", lora(modules=("q_proj",)), model=llama()) == []
    draft.tensors |= lora(modules=("q_proj",)).tensors
    assert messages("LORA036", draft, model=llama()) == []
