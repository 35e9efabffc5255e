from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.models import Stored
from tests.rules.model.folders import judge, judge_defect, put


def test_names_the_tensors_and_both_shapes():
    found = judge_defect("MODEL024", "M156b")
    assert found.severity is Severity.ERROR
    messages = [problem.message for problem in found.problems]
    assert (
        "model.layers.{0-1}.self_attn.q_proj.weight (2) have the shape [64, 64], and the config asks for [128, 64]"
        in messages
    )


def test_a_transposed_tensor():
    (problem,) = judge_defect("MODEL024", "M176").problems
    assert problem.message.startswith("model.layers.0.mlp.up_proj.weight has the shape [64, 128]")


def test_rows_of_the_vocabulary_are_told_elsewhere():
    assert judge_defect("MODEL024", "M123").verdict is Verdict.HEALTHY


def test_sizes_that_are_none_are_told_elsewhere():
    assert judge_defect("MODEL024", "M220").verdict is Verdict.NOT_APPLICABLE


def test_no_more_than_a_few_are_told():
    assert 1 < len(judge("MODEL024", put(hidden_size=128)).problems) <= 4


def test_undetermined_for_a_type_without_a_formula():
    assert judge("MODEL024", put(model_type="gpt_oss")).verdict is Verdict.UNKNOWN


def test_a_tensor_that_is_not_there_is_another_rules_matter():
    gone = lambda draft: draft.tensors.pop("model.layers.0.mlp.up_proj.weight")  # noqa: E731
    assert judge("MODEL024", gone).verdict is Verdict.HEALTHY


def test_an_embedding_of_another_width_is_told_here():
    wide = lambda draft: draft.tensors.update({"lm_head.weight": Stored("BF16", (320, 32))})  # noqa: E731
    (problem,) = judge("MODEL024", wide).problems
    assert problem.message.startswith("lm_head.weight has the shape [320, 32]")
