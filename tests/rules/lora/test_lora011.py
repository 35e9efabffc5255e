"""LORA011."""

from __future__ import annotations

from tests.adapters import lora, modules_of, pair
from tests.models import llama_config
from tests.rules.lora.judging import messages


def test_a_config_of_another_rank():
    for stated in (4, 16):
        (message,) = messages("LORA011", lora().state(r=stated))
        assert f"states rank {stated}" in message
        assert "has rank 8 (14 modules differ)" in message


def test_a_pattern_states_the_rank_of_its_modules():
    draft = lora(rank_pattern={"layers.1.self_attn.q_proj": 4, "down_proj": 16})
    for module, shape in modules_of(llama_config(), "q_proj", "down_proj").items():
        if module.endswith("down_proj") or ".1." in module:
            draft.tensors |= pair(module, shape, 16 if module.endswith("down_proj") else 4)
    assert messages("LORA011", draft) == []


def test_a_pattern_that_the_tensors_do_not_have():
    (message,) = messages("LORA011", lora(rank_pattern={"q_proj": 16}))
    assert "states rank 16, and lora_A of model.layers.0.self_attn.q_proj has rank 8 (2 modules differ)" in message


def test_a_key_ends_at_a_dot():
    assert messages("LORA011", lora(rank_pattern={"_proj": 16})) == []


def test_a_hostile_pattern_takes_no_time():
    assert messages("LORA011", lora(rank_pattern={"(a+)+$": 16, "(": 4})) == []


def test_experts_in_one_tensor_are_not_judged_by_their_rows():
    """The rows of target_parameters are those of all experts: LORA056 compares them with the base."""
    draft = lora(modules=("q_proj",))
    draft.tensors |= pair("model.layers.0.mlp.experts", (64, 32), 64)
    assert messages("LORA011", draft) == []
