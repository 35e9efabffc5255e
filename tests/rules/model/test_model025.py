from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Verdict
from tests import models
from tests.models import Draft, Stored
from tests.rules.model.folders import judge, judge_defect, judge_folder, with_versions


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("0.5.5", "vLLM 0.5.5 does not notice it"),
        ("0.6.5", "vLLM 0.6.5 refuses to start"),
        ("0.20.2", "vLLM 0.20.2 refuses to start"),
        ("0.21.0", "uninitialised memory"),
        ("0.32.0", "uninitialised memory"),
    ],
)
def test_what_comes_of_it_depends_on_the_release(version: str, words: str):
    (problem,) = judge_defect("MODEL025", "M157", distributions=with_versions(vllm=version)).problems
    assert problem.message.startswith("model.layers.1.mlp.up_proj.weight is missing")
    assert words in problem.message


def test_a_norm_is_always_missed():
    assert "refuses" in judge_defect("MODEL025", "M157b").problems[0].message


def test_a_layer_too_many_in_the_config():
    assert "model.layers.2" in judge_defect("MODEL025", "M152").problems[0].message


def test_healthy_and_told_elsewhere():
    assert judge("MODEL025").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL025", "M121").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL025", "M158").verdict is Verdict.NOT_APPLICABLE
    assert judge_defect("MODEL025", "M140").verdict is Verdict.NOT_APPLICABLE


def test_a_head_alone_does_not_make_it_this_architecture():
    def change(draft: Draft) -> None:
        draft.tensors = {"lm_head.weight": draft.tensors["lm_head.weight"], "transformer.x": Stored("BF16", (4,))}

    assert judge("MODEL025", change).verdict is Verdict.NOT_APPLICABLE


def test_a_file_that_may_not_be_read_leaves_it_undetermined(tmp_path: Path):
    folder = models.llama().write(tmp_path)
    (folder / "more.safetensors").mkdir()
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").mkdir()
    assert judge_folder("MODEL025", folder).verdict is not Verdict.HEALTHY


def test_experts_in_one_tensor_are_not_compared():
    def fuse(draft: Draft) -> None:
        draft.config |= {"model_type": "qwen3_moe", "num_experts": 4, "moe_intermediate_size": 32}
        draft.tensors["model.layers.0.mlp.experts.gate_up_proj"] = Stored("BF16", (4, 64, 64))

    found = judge("MODEL025", fuse)
    assert "one tensor for each layer" in found.reasons[0]
    assert "experts.0" not in found.problems[0].message


def test_without_a_vllm_it_is_what_the_newest_does():
    (problem,) = judge_defect("MODEL025", "M157", distributions=()).problems
    assert "uninitialised memory" in problem.message


def test_a_norm_beside_another_tensor():
    def change(draft: Draft) -> None:
        del draft.tensors["model.norm.weight"], draft.tensors["model.layers.0.mlp.up_proj.weight"]

    assert "uninitialised memory in their place" in judge("MODEL025", change).problems[0].message
