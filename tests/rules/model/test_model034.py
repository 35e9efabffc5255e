from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Verdict
from tests.defects import DEFECTS
from tests.rules.model.folders import judge_defect, judge_folder


@pytest.mark.parametrize(
    ("number", "words"),
    [("M133", "no weights"), ("M175", "GGUF files only"), ("M214", "an adapter only"), ("M213", "no weights")],
)
def test_says_what_there_is_instead(number: str, words: str):
    (problem,) = judge_defect("MODEL034", number).problems
    assert words in problem.message


@pytest.mark.parametrize("number", ["M000", "M001", "M138", "M134", "M135", "M174"])
def test_healthy_with_weights_of_any_kind(number: str):
    assert judge_defect("MODEL034", number).verdict is Verdict.HEALTHY


def test_what_a_trainer_leaves_is_no_weight(tmp_path: Path):
    folder = DEFECTS["M133"].write(tmp_path)
    (folder / "training_args.bin").write_bytes(b"x")
    (folder / "optimizer.pt").write_bytes(b"x")
    assert judge_folder("MODEL034", folder).verdict is Verdict.PROBLEM
