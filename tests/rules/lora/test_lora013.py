"""LORA013."""

from __future__ import annotations

from tests.adapters import lora
from tests.models import Stored
from tests.rules.lora.judging import messages


def test_transposed():
    draft = lora(modules=("o_proj",))
    for name, tensor in draft.tensors.items():
        draft.tensors[name] = Stored("BF16", tensor.shape[::-1])
    (message,) = messages("LORA013", draft)
    assert "transposed: lora_A is 64 x 8 and lora_B 8 x 64" in message
    assert "(2 modules)" in message


def test_ranks_that_differ():
    draft = lora()
    draft.tensors["base_model.model.model.layers.1.mlp.up_proj.lora_B.weight"] = Stored("BF16", (128, 4))
    (message,) = messages("LORA013", draft)
    assert "the ranks of the matrices differ" in message


def test_pairs_that_fit():
    assert messages("LORA013", lora()) == []
