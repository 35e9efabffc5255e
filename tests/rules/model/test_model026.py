from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.models import Draft, Stored
from tests.rules.model.folders import judge, judge_defect


def test_a_tensor_without_a_place_is_an_error():
    (problem,) = judge_defect("MODEL026", "M169").problems
    assert problem.message.startswith("model.layers.0.self_attn.foo.weight has no place")


def test_more_layers_than_the_config_states():
    assert "model.layers.1" in judge_defect("MODEL026", "M153").problems[0].message


def test_biases_are_dropped_without_a_word():
    found = judge_defect("MODEL026", "M170")
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


def test_healthy_and_told_elsewhere():
    for number in ("M000", "M002", "M120", "M168", "M159", "M163"):
        assert judge_defect("MODEL026", number).verdict is Verdict.HEALTHY, number


def test_a_bias_whose_weight_has_no_place_has_none_either():
    names = ("model.layers.0.mlp.foo.bias", "model.layers.0.mlp.up_proj.bias")
    change = lambda draft: draft.tensors.update(dict.fromkeys(names, Stored("BF16", (4,))))  # noqa: E731
    found = judge("MODEL026", change)
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.ERROR, Severity.WARNING]
    assert found.problems[0].message.startswith(f"{names[0]} has no place")
    assert found.problems[1].message.startswith(f"{names[1]} is dropped")


def test_a_tensor_that_is_only_named_like_a_bias_has_no_place():
    name = "model.layers.0.mlp.up_proj_bias"
    found = judge("MODEL026", lambda draft: draft.tensors.update({name: Stored("BF16", (4,))}))
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.ERROR]


def test_experts_in_one_tensor_have_their_place():
    def fuse(draft: Draft) -> None:
        draft.config |= {"model_type": "qwen3_moe", "num_experts": 4, "moe_intermediate_size": 32}
        draft.tensors["model.layers.0.mlp.experts.gate_up_proj"] = Stored("BF16", (4, 64, 64))

    messages = [problem.message for problem in judge("MODEL026", fuse).problems]
    assert not any("experts" in message for message in messages)


def test_names_of_another_architecture_are_told_elsewhere():
    def change(draft: Draft) -> None:
        draft.tensors = {"lm_head.weight": draft.tensors["lm_head.weight"], "transformer.x": Stored("BF16", (4,))}

    assert judge("MODEL026", change).verdict is Verdict.NOT_APPLICABLE
