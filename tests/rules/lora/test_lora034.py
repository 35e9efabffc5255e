"""LORA034."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_a_target_that_was_never_trained():
    draft = lora()
    draft.config["target_modules"].append("foo_proj")
    assert "names the target foo_proj" in messages("LORA034", draft)[0]


def test_a_target_by_more_of_its_name():
    assert messages("LORA034", lora().state(target_modules=["self_attn.q_proj", "model.layers.0.mlp.up_proj"])) == []


def test_patterns_are_not_compared():
    for stated in ("all-linear", ".*_proj", None):
        assert messages("LORA034", lora().state(target_modules=stated)) == []
