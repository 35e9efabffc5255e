"""LORA011."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.report import Verdict
from doctor.rules.lora.patterns import Keys
from tests.adapters import lora, modules_of, pair
from tests.models import Stored, llama_config
from tests.rules.lora.judging import messages, outcome


def test_a_config_of_another_rank():
    for stated in (1, 4, 16):
        (message,) = messages("LORA011", lora().state(r=stated))
        assert f"states rank {stated}" in message
        assert "has rank 8 (14 modules differ from the config)" in message


def test_a_pattern_states_the_rank_of_its_modules():
    draft = lora(rank_pattern={"layers.1.self_attn.q_proj": 4, "down_proj": 16})
    for module, shape in modules_of(llama_config(), "q_proj", "down_proj").items():
        if module.endswith("down_proj") or ".1." in module:
            draft.tensors |= pair(module, shape, 16 if module.endswith("down_proj") else 4)
    assert messages("LORA011", draft) == []


def test_a_pattern_that_the_tensors_do_not_have():
    (message,) = messages("LORA011", lora(rank_pattern={"q_proj": 16}))
    assert (
        "states rank 16, and lora_A of model.layers.0.self_attn.q_proj has rank 8 (2 modules differ from the config)"
        in message
    )


def test_a_key_ends_at_a_dot():
    assert messages("LORA011", lora(rank_pattern={"_proj": 16})) == []


def test_a_pattern_that_may_take_for_ever_is_not_matched_and_not_passed_over():
    for key in ("(a+)+$", "(.+)+", ".*.*.*.*x"):
        found = outcome("LORA011", lora(rank_pattern={key: 16, "(": 4}))
        assert found.verdict is Verdict.UNKNOWN and "may take for ever" in found.reasons[0]


def test_ten_thousands_of_keys_are_looked_up():
    """An adapter on each expert of a large model has as many, and to compile each takes a minute."""
    keys = {f"model.layers.{layer}.mlp.experts.{expert}.up_proj": 4 for layer in range(58) for expert in range(256)}
    assert messages("LORA011", lora(rank_pattern=keys)) == []
    assert "states rank 16" in messages("LORA011", lora(rank_pattern={**keys, "q_proj": 16}))[0]


NAMES = st.text("ab.", min_size=1, max_size=6)


@given(st.lists(NAMES | st.sampled_from(["a?b", "(a|b)", "[ab].a", ".*a", "(", "a*b*"]), max_size=8), st.lists(NAMES))
def test_keys_are_looked_up_as_peft_matches_them(keys, modules):
    def first(module):
        return next((key for key in keys if key != "(" and re.match(rf"(.*\.)?({key})$", module)), None)

    assert Keys(keys).firsts(modules) == {module: first(module) for module in modules}


def test_experts_in_one_tensor_are_not_judged_by_their_rows():
    """The rows of target_parameters are those of all experts: LORA056 compares them with the base."""
    draft = lora(modules=("q_proj",))
    draft.tensors |= pair("model.layers.0.mlp.experts", (64, 32), 64)
    assert messages("LORA011", draft) == []


def test_the_rank_that_most_tensors_have_is_offered():
    draft = lora(modules=("q_proj", "down_proj")).state(r=16)
    module, shape = next(iter(modules_of(llama_config(), "q_proj").items()))
    draft.tensors |= pair(module, shape, 4)
    (problem,) = outcome("LORA011", draft).problems
    assert "If all was trained with rank 8, set r to 8" in problem.remedies[0].text
    assert problem.remedies[0].text.endswith("Ranks of the tensors: 4, 8")


def test_one_module_is_one():
    draft = lora(rank_pattern={"layers.1.mlp.up_proj": 4})
    assert "(this module alone differs from the config)" in messages("LORA011", draft)[0]


@pytest.mark.parametrize("rank", [None, 0, -1, "8"])
def test_an_impossible_rank_is_left_to_another_rule(rank):
    assert messages("LORA011", lora().state(r=rank)) == []


@pytest.mark.parametrize("pattern", [["q_proj"], None, {"q_proj": None}])
def test_a_pattern_that_states_no_rank_is_passed_over(pattern):
    assert messages("LORA011", lora(rank_pattern=pattern)) == []


def test_transposed_matrices_and_vectors_and_halves_are_left_to_other_rules():
    draft = lora(modules=("o_proj",))
    draft.tensors = {name: Stored("BF16", tensor.shape[::-1]) for name, tensor in draft.tensors.items()}
    assert messages("LORA011", draft) == []
    draft = lora(modules=("o_proj",))
    first, _, third, *_ = draft.tensors
    del draft.tensors[first]
    draft.tensors[third] = Stored("BF16", (4,))
    assert messages("LORA011", draft) == []
    draft.tensors[third] = Stored("BF16", (4, 8, 64))
    assert messages("LORA011", draft) == []
