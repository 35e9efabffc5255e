"""LORA034."""

from __future__ import annotations

from doctor.core.report import Severity
from tests.adapters import PROJECTIONS, lora, pair
from tests.models import Stored
from tests.rules.lora.judging import messages, outcome


def test_a_target_that_was_never_trained():
    draft = lora()
    draft.config["target_modules"].append("foo_proj")
    assert "names the target foo_proj" in messages("LORA034", draft)[0]


def test_tensors_that_peft_leaves_out():
    found = outcome("LORA034", lora().state(target_modules=["q_proj", "v_proj"]))
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]
    assert "hold down_proj, gate_proj, k_proj and 2 more, which its config does not name" in found.problems[0].message


def test_a_target_by_more_of_its_name():
    draft = lora(modules=("q_proj",))
    assert (
        messages("LORA034", draft.state(target_modules=["self_attn.q_proj", "model.layers.1.self_attn.q_proj"])) == []
    )


def test_patterns_are_not_compared():
    for stated in ("all-linear", ".*_proj", None):
        assert messages("LORA034", lora().state(target_modules=stated)) == []


def test_what_is_no_name_and_what_has_no_matrices_is_passed_over():
    assert messages("LORA034", lora().state(target_modules=[*PROJECTIONS, 1])) == []
    draft = lora()
    draft.tensors = {"base_model.model.score.weight": Stored("BF16", (2, 64))}
    assert messages("LORA034", draft) == []


def test_tensors_of_parameters_are_no_targets():
    draft = lora(target_parameters=["mlp.experts.gate_up_proj"])
    draft.tensors |= pair("model.layers.0.mlp.experts", (64, 32), 64)
    assert messages("LORA034", draft) == []
