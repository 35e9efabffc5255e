"""LORA012."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_a_half_is_missing():
    for gone, there in (("A", "B"), ("B", "A")):
        draft = lora()
        del draft.tensors[f"base_model.model.model.layers.0.mlp.up_proj.lora_{gone}.weight"]
        (message,) = messages("LORA012", draft)
        assert message == f"lora_{gone} is missing for model.layers.0.mlp.up_proj, whose lora_{there} is there"


def test_both_are_there():
    assert messages("LORA012", lora()) == []
