from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.artifact.model import EmptyModel
from doctor.core.artifact.tensors import group_tensors
from doctor.core.report import Verdict
from tests.facts import absent
from tests.models import Draft, Stored, llama
from tests.rules.model.folders import judge, judge_defect, judge_folder


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("M158", "bear the name of PEFT's wrapper, base_model.model."),
        ("M160", "torch.compile, _orig_mod."),
        ("M160b", "begin with 'language_model.'"),
        ("M110b", "lack their beginning, 'model.'"),
    ],
)
def test_says_what_stands_there(number: str, words: str):
    (problem,) = judge_defect("MODEL051", number).problems
    assert words in problem.message


def test_one_tensor_is_one():
    name = "_orig_mod.lm_head.weight"
    (problem,) = judge("MODEL051", lambda draft: draft.tensors.update({name: Stored("BF16", (4, 4))})).problems
    assert problem.message == f"{name} bears the name of the wrapper of torch.compile, _orig_mod."


def test_names_of_another_architecture():
    def change(draft: Draft) -> None:
        draft.tensors = {f"transformer.h.{number}.attn.weight": Stored("BF16", (4, 4)) for number in range(2)}

    assert "no tensor has a name of this architecture" in judge("MODEL051", change).problems[0].message


def test_healthy():
    for number in ("M000", "M001", "M157", "M159"):
        assert judge_defect("MODEL051", number).verdict is Verdict.HEALTHY


def test_a_file_without_tensors_has_no_names_of_another_model():
    """MODEL046 and others say what is missing; there is no name here to be told."""
    assert judge("MODEL051", lambda draft: draft.tensors.clear()).problems == ()


def test_of_a_model_without_a_formula_transformers_tells_the_names():
    """With --deep; without it nothing can be said."""

    def change(draft: Draft) -> None:
        draft.config["model_type"] = "a-model-of-tomorrow"

    def built(*names: str) -> EmptyModel:
        return EmptyModel(architecture="X", needed=group_tensors(dict.fromkeys(names, ("", (4, 4)))))

    own, other = built("model.embed_tokens.weight"), built("transformer.wte.weight")
    assert judge("MODEL051", change, empty_model=own).verdict is Verdict.HEALTHY
    assert (
        "no tensor has a name of this architecture" in judge("MODEL051", change, empty_model=other).problems[0].message
    )
    assert judge("MODEL051", change, empty_model=absent()).verdict is Verdict.UNKNOWN


def test_shards_whose_index_cannot_be_read_are_another_rules_matter(tmp_path: Path):
    draft = llama()
    draft.shards = 2
    folder = draft.write(tmp_path / "m")
    assert judge_folder("MODEL051", folder).verdict is Verdict.HEALTHY
    (folder / "model.safetensors.index.json").write_text("{")
    found = judge_folder("MODEL051", folder)
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert found.reasons[0].startswith("model.safetensors.index.json cannot be used")
