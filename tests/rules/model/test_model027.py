from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.models import Draft
from tests.rules.model.folders import judge, judge_defect, put


def test_a_hidden_size_that_does_not_divide():
    assert "64 is no multiple of 3" in judge_defect("MODEL027", "M217").problems[0].message


def test_a_stated_head_size_frees_other_types():
    assert (
        judge("MODEL027", put(model_type="qwen3", num_attention_heads=3, num_key_value_heads=1)).verdict
        is Verdict.HEALTHY
    )


@pytest.mark.parametrize("name", ["kv_lora_rank", "qk_nope_head_dim", "qk_head_dim"])
def test_latent_attention_has_sizes_of_its_own(name: str):
    """GLM-4.7-Flash has 20 heads and a hidden size of 2048."""
    free = put(model_type="glm4_moe_lite", head_dim=None, num_attention_heads=3, num_key_value_heads=3, **{name: 16})
    assert judge("MODEL027", free).verdict is Verdict.HEALTHY


def test_a_class_may_have_a_size_of_its_own():
    def change(draft: Draft) -> None:
        draft.config.update(model_type="qwen3", num_attention_heads=3, num_key_value_heads=3)
        del draft.config["head_dim"]

    assert judge("MODEL027", change).verdict is Verdict.HEALTHY
    odd = put(model_type="a-model-of-tomorrow", head_dim=None, num_attention_heads=3, num_key_value_heads=3)
    found = judge("MODEL027", odd)
    assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())
    assert found.reasons[0].startswith("the hidden size 64 is no multiple of 3 attention heads")


def test_groups_that_do_not_divide():
    assert "cannot share 3 groups" in judge("MODEL027", put(num_key_value_heads=3)).problems[0].message


def test_sizes_that_are_none_are_told_elsewhere():
    assert judge("MODEL027").verdict is Verdict.HEALTHY
    assert judge("MODEL027", put(hidden_size="64")).verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(("name", "value"), [("num_attention_heads", value) for value in (None, 0, -4, True, "4")])
def test_a_number_of_heads_that_is_none_is_told_elsewhere(name, value):
    assert judge("MODEL027", put(**{name: value})).verdict is Verdict.NOT_APPLICABLE


def test_groups_that_are_not_stated_and_one_head():
    assert judge("MODEL027", put(num_key_value_heads=None)).verdict is Verdict.HEALTHY
    assert judge("MODEL027", put(num_attention_heads=1, num_key_value_heads=1)).verdict is Verdict.HEALTHY


def test_a_type_whose_head_size_is_not_stated_is_bound_too():
    bound = put(model_type="qwen3", head_dim=None, num_attention_heads=3, num_key_value_heads=1)
    assert "64 is no multiple of 3" in judge("MODEL027", bound).problems[0].message
