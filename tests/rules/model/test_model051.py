from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.models import Draft, Stored
from tests.rules.model.folders import judge, judge_defect


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("M158", "PEFT's wrapper, base_model.model."),
        ("M160", "torch.compile, _orig_mod."),
        ("M160b", "begin with 'language_model.'"),
        ("M110b", "lack their beginning, 'model.'"),
    ],
)
def test_says_what_stands_there(number: str, words: str):
    (problem,) = judge_defect("MODEL051", number).problems
    assert words in problem.message


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
