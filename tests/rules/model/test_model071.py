from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Severity, Verdict
from tests.models import Draft, Stored, llama
from tests.rules.model.folders import judge_folder, values_of


def judged(tmp_path: Path, draft: Draft):
    folder = draft.write(tmp_path)
    (values,) = values_of(folder).values()
    return judge_folder("MODEL071", folder, weight_values=values)


def emptied(*endings: str) -> Draft:
    draft = llama(real=True)
    for name, tensor in draft.tensors.items():
        if name.endswith(endings):
            tensor.content = None
    return draft


def severities(outcome) -> list[Severity]:
    return [outcome.severity_of(problem) for problem in outcome.problems]


def test_a_matrix_of_zeros_is_an_error(tmp_path: Path):
    found = judged(tmp_path, emptied("0.self_attn.q_proj.weight", "lm_head.weight"))
    assert severities(found) == [Severity.ERROR]
    assert "2 of its 21 tensors are all zero" in found.problems[0].message


def test_blocks_that_were_added_to_be_trained_are_a_warning(tmp_path: Path):
    found = judged(tmp_path, emptied("1.self_attn.o_proj.weight", "1.mlp.down_proj.weight"))
    assert severities(found) == [Severity.WARNING]


def test_norms_biases_and_zero_points_may_be_zero(tmp_path: Path):
    draft = emptied("norm.weight", "layernorm.weight")
    draft.tensors["model.layers.0.self_attn.q_proj.bias"] = Stored("BF16", (256,))
    draft.tensors["model.layers.0.mlp.up_proj.qzeros"] = Stored("I32", (2, 64))
    assert judged(tmp_path, draft).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("dtype", ["F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2"])
def test_in_every_floating_dtype(tmp_path: Path, dtype: str):
    draft = llama(real=True)
    draft.tensors = {"a": Stored(dtype, (8, 8)), "b": Stored("I32", (8, 8))}
    assert "1 of its 2 tensors is all zero: a" in judged(tmp_path, draft).problems[0].message


def test_one_other_matrix_beside_new_blocks_is_an_error(tmp_path: Path):
    assert severities(judged(tmp_path, emptied("1.self_attn.o_proj.weight", "1.mlp.up_proj.weight"))) == [
        Severity.ERROR
    ]


def test_what_is_no_longer_in_the_file_is_not_told(tmp_path: Path):
    """The folder may change between the two readings."""
    (values,) = values_of(emptied("0.self_attn.q_proj.weight").write(tmp_path / "before")).values()
    draft = llama(real=True)
    draft.tensors.pop("model.layers.0.self_attn.q_proj.weight")
    folder = draft.write(tmp_path / "after")
    assert judge_folder("MODEL071", folder, weight_values=values).verdict is Verdict.HEALTHY
