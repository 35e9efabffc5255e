from __future__ import annotations

from typing import Any

import pytest

from doctor.core.packages.registry import TransformersRegistry
from doctor.core.report import Verdict
from tests.facts import absent, unknown
from tests.rules.model.folders import judge, judge_defect, put


def test_the_class_of_another_type_is_an_error():
    found = judge_defect("MODEL007", "M112")
    assert "Qwen2ForCausalLM is the architecture of qwen2, and the model_type is llama" in found.problems[0].message
    assert "LlamaForCausalLM" in found.problems[0].remedies[0].text


def test_without_transformers_the_common_decoders_are_compared():
    change = put(architectures=["Qwen2ForCausalLM"])
    assert judge("MODEL007", change, transformers_registry=absent()).verdict is Verdict.PROBLEM


def test_what_is_not_known_is_not_judged():
    assert judge("MODEL007").verdict is Verdict.HEALTHY
    assert judge("MODEL007", put(architectures=["FooForCausalLM"])).verdict is Verdict.HEALTHY
    assert judge("MODEL007", put(model_type="foo9")).verdict is Verdict.NOT_APPLICABLE
    assert judge("MODEL007", transformers_registry=unknown()).verdict is Verdict.UNKNOWN


def test_transformers_own_table_counts_where_it_is_there():
    """It knows more types than the common decoders."""
    table = TransformersRegistry(model_types=("new",), causal={"new": ("NewForCausalLM",), "old": ("OldForCausalLM",)})
    change = put(model_type="new", architectures=["OldForCausalLM"])
    (problem,) = judge("MODEL007", change, transformers_registry=table).problems
    assert "OldForCausalLM is the architecture of old" in problem.message


@pytest.mark.parametrize("named", [None, "LlamaForCausalLM", {"LlamaForCausalLM": 1}, []])
def test_what_names_no_architecture_is_told_elsewhere(named: Any):
    assert judge("MODEL007", put(architectures=named)).verdict is Verdict.NOT_APPLICABLE
