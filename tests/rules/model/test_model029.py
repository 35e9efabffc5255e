from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import drop, judge, judge_defect, put


def test_unknown_to_both():
    assert "'foo'" in judge_defect("MODEL029", "M172").problems[0].message


def test_unknown_to_vllm():
    assert "vLLM has only silu for llama" in judge("MODEL029", put(hidden_act="gelu")).problems[0].message


def test_code_of_its_own_may_have_another():
    own = {"AutoConfig": "configuration_phi3_small.Phi3SmallConfig"}
    assert judge("MODEL029", put(model_type="phi3small", hidden_act="gegelu", auto_map=own)).verdict is Verdict.HEALTHY
    assert judge("MODEL029", put(model_type="phi3small", hidden_act=5, auto_map=own)).verdict is Verdict.PROBLEM
    assert judge("MODEL029", put(hidden_act="gelu", auto_map=own)).verdict is Verdict.PROBLEM
    both = put(model_type="phi3small", hidden_act="gegelu", hidden_activation=5, auto_map=own)
    assert judge("MODEL029", both).verdict is Verdict.PROBLEM


def test_healthy():
    assert judge("MODEL029").verdict is Verdict.HEALTHY
    assert judge("MODEL029", drop("hidden_act")).verdict is Verdict.HEALTHY
    gemma = put(model_type="gemma2", hidden_act=None, hidden_activation="gelu_pytorch_tanh")
    assert judge("MODEL029", gemma).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("value", [["silu"], 3, "foo"])
def test_what_is_no_name_of_one_under_either_entry(value):
    found = judge("MODEL029", put(hidden_act=None, hidden_activation=value))
    assert found.problems[0].message == f"hidden_activation is {value!r}, which transformers does not have"
