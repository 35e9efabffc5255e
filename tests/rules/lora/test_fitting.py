"""Whether matrices fit the base, through LORA037: halves of pairs, and what is no matrix."""

from __future__ import annotations

import pytest

from tests.adapters import Draft, lora, pair
from tests.models import Stored, llama
from tests.rules.lora.judging import messages

MODULE = "model.layers.0.self_attn.q_proj"
TURNED = "transformer.h.0.attn.c_attn"


def draft_with(module: str, shape: tuple[int, int], side: str = "", **config: object) -> Draft:
    """An adapter of one module, or one `side` of it."""
    draft = lora(modules=(), **config)
    draft.tensors = {name: tensor for name, tensor in pair(module, shape).items() if side in name}
    return draft


def test_one_side_of_a_pair_is_compared_by_itself():
    for shape, side in (((64, 64), "lora_A"), ((64, 64), "lora_B"), ((96, 64), "lora_A"), ((64, 96), "lora_B")):
        assert messages("LORA037", draft_with(MODULE, shape, side), model=llama()) == []
    assert "takes 96 inputs" in messages("LORA037", draft_with(MODULE, (64, 96), "lora_A"), model=llama())[0]
    assert "gives 96 outputs" in messages("LORA037", draft_with(MODULE, (96, 64), "lora_B"), model=llama())[0]


@pytest.mark.parametrize("side", ["lora_A", "lora_B"])
@pytest.mark.parametrize("shape", [(), (5,), (5, 5, 5), (5, 5, 5, 5)])
def test_what_is_no_matrix_has_no_rows_and_columns(side: str, shape: tuple[int, ...]):
    draft = draft_with(MODULE, (64, 64))
    draft.tensors[f"base_model.model.{MODULE}.{side}.weight"] = Stored("BF16", shape)
    assert messages("LORA037", draft, model=llama()) == []


def test_a_module_that_the_base_lacks_or_that_has_no_matrix_is_another_rules_matter():
    for module in ("model.layers.0.self_attn.W_pack", "model.layers.0.input_layernorm"):
        assert messages("LORA037", draft_with(module, (7, 7)), model=llama()) == []


@pytest.mark.parametrize("side", ["", "lora_A", "lora_B"])
def test_weights_that_are_stored_the_other_way_round(side: str):
    """GPT-2 stores inputs x outputs: 64 x 192 here."""
    base = llama()
    base.tensors[f"{TURNED}.weight"] = Stored("BF16", (64, 192))
    assert messages("LORA037", draft_with(TURNED, (192, 64), side, fan_in_fan_out=True), model=base) == []
    assert len(messages("LORA037", draft_with(TURNED, (192, 64), side), model=base)) == 1


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((192, 96), f"lora_A of {TURNED} takes 96 inputs, and the base gives 64"),
        ((128, 64), f"lora_B of {TURNED} gives 128 outputs, and the base takes 192"),
        ((128, 96), f"lora_A of {TURNED} takes 96 inputs, and the base gives 192"),
    ],
)
def test_what_does_not_fit_the_other_way_round(shape: tuple[int, int], told: str):
    base = llama()
    base.tensors[f"{TURNED}.weight"] = Stored("BF16", (64, 192))
    (message,) = messages("LORA037", draft_with(TURNED, shape, fan_in_fan_out=True), model=base)
    assert message.startswith(told)
