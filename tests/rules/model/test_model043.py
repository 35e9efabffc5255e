from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Verdict
from doctor.rules.model.model043_shard_missing import _REFUSES
from tests.defects import DEFECTS
from tests.rules.model.folders import judge_defect, judge_folder, with_versions


def test_a_shard_that_the_index_names():
    (problem,) = judge_defect("MODEL043", "M140").problems
    assert problem.message == "model-00003-of-00006.safetensors is not there"


def test_a_shard_that_the_numbers_of_the_others_name(tmp_path: Path):
    folder = DEFECTS["M141"].write(tmp_path)
    (folder / "model-00006-of-00006.safetensors").unlink()
    assert "model-00006-of-00006" in judge_folder("MODEL043", folder).problems[0].message


def test_releases_that_start_without_it():
    found = judge_defect("MODEL043", "M140", distributions=with_versions(vllm="0.21.0"))
    assert "vLLM 0.21.0 may start without it" in found.problems[0].message


@pytest.mark.parametrize("number", ["M000", "M001", "M144", "M225"])
def test_healthy(number: str):
    assert judge_defect("MODEL043", number).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("versions", [{}, {"vllm": str(_REFUSES)}])
def test_releases_that_refuse_and_none_at_all(versions: dict[str, str]):
    (problem,) = judge_defect("MODEL043", "M140", distributions=with_versions(**versions)).problems
    assert problem.message == "model-00003-of-00006.safetensors is not there"


def test_several_are_several(tmp_path: Path):
    folder = DEFECTS["M140"].write(tmp_path)
    (folder / "model-00006-of-00006.safetensors").unlink()
    (problem,) = judge_folder("MODEL043", folder).problems
    assert problem.message.endswith("model-00006-of-00006.safetensors are not there")
