from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from doctor.core.report import Verdict
from tests import models
from tests.defects import DEFECTS
from tests.facts import unknown
from tests.models import folder_of, llama
from tests.rules.model.folders import judge, judge_defect, judge_folder


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("M130", "bytes that its header describes"),
        ("M131", "not JSON"),
        ("M132", "empty"),
        ("M226", "begins within"),
        ("M228", "64 bytes follow"),
    ],
)
def test_names_the_file_and_the_damage(number: str, words: str):
    problem = judge_defect("MODEL036", number).problems[0]
    assert problem.subject == "model.safetensors"
    assert words in problem.message


def test_a_pointer_is_told_elsewhere():
    assert judge_defect("MODEL036", "M134").verdict is Verdict.HEALTHY
    assert judge("MODEL036").verdict is Verdict.HEALTHY


def test_undetermined_where_a_file_may_not_be_read(tmp_path: Path):
    folder = models.llama().write(tmp_path)
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").mkdir()
    assert judge_folder("MODEL036", folder).verdict is Verdict.HEALTHY  # a folder is no file of weights
    model = folder_of(llama())
    damaged = dataclasses.replace(model, weights=(unknown(),))
    assert judge("MODEL036", model=damaged).verdict is Verdict.UNKNOWN
    model = folder_of(DEFECTS["M132"])
    behind = judge("MODEL036", model=dataclasses.replace(model, weights=(unknown(), *model.weights)))
    assert len(behind.problems) == 1 and behind.undetermined
