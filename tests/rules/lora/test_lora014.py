"""LORA014."""

from __future__ import annotations

from tests.adapters import lora
from tests.models import Stored
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


def test_a_part_that_only_begins_like_a_wrapper_is_one_of_the_model():
    assert messages("LORA014", lora().rename("base_model.model.", "base_model.model._orig_model.")) == []


def test_a_trained_token_is_refused_under_any_name():
    """LORA027 tells of it, and LORA019 of a magnitude."""
    draft = lora()
    draft.tensors |= {
        "base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta.default": Stored("BF16", (2, 64)),
        "base_model.model.model.layers.0.self_attn.q_proj.lora_magnitude_vector.default": Stored("BF16", (64,)),
    }
    assert messages("LORA014", draft) == []
