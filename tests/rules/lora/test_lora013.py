"""LORA013."""

from __future__ import annotations

import pytest

from tests.adapters import lora
from tests.models import Stored
from tests.rules.lora.judging import messages


def test_transposed():
    draft = lora(modules=("o_proj",))
    for name, tensor in draft.tensors.items():
        draft.tensors[name] = Stored("BF16", tensor.shape[::-1])
    (message,) = messages("LORA013", draft)
    assert "transposed: lora_A is 64 x 8 and lora_B 8 x 64" in message
    assert message.endswith("in model.layers.0.self_attn.o_proj and 1 more")


def test_ranks_that_differ():
    draft = lora()
    draft.tensors["base_model.model.model.layers.1.mlp.up_proj.lora_B.weight"] = Stored("BF16", (128, 4))
    (message,) = messages("LORA013", draft)
    assert message == (
        "the ranks of the matrices differ: lora_A is 8 x 64 and lora_B 128 x 4 in model.layers.1.mlp.up_proj"
    )


@pytest.mark.parametrize("side", ["lora_A", "lora_B"])
def test_halves_and_what_is_no_matrix_are_left_to_other_rules(side):
    for shape in (None, (8,), (2, 8, 64)):
        draft = lora(modules=("q_proj",))
        for name in [name for name in draft.tensors if side in name]:
            del draft.tensors[name]
            if shape:
                draft.tensors[name] = Stored("BF16", shape)
        assert messages("LORA013", draft) == []


def test_without_a_rank_in_the_config_the_matrices_are_compared_with_each_other():
    draft = lora()
    draft.config = None
    draft.tensors["base_model.model.model.layers.1.mlp.up_proj.lora_B.weight"] = Stored("BF16", (128, 4))
    assert len(messages("LORA013", draft)) == 1


def test_pairs_that_fit():
    assert messages("LORA013", lora()) == []
