from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Severity, Verdict
from tests.defects import DEFECTS
from tests.models import write_safetensors
from tests.rules.model.folders import judge_defect, judge_folder


def test_both_are_read_by_someone():
    (problem,) = judge_defect("MODEL048", "M145b").problems
    assert problem.message.startswith("transformers reads model.safetensors, and vLLM model-00001-of-00002.safetensors")


def test_shards_without_an_index_are_read_by_vllm():
    (problem,) = judge_defect("MODEL048", "M145").problems
    assert "and model.safetensors" in problem.message


def test_what_nothing_reads_is_set_aside(tmp_path: Path):
    folder = DEFECTS["M001"].write(tmp_path)
    write_safetensors(folder / "old.safetensors", {})
    found = judge_folder("MODEL048", folder)
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]
    assert found.problems[0].remedies[0].commands[0][-1].endswith("old.safetensors.unused")


@pytest.mark.parametrize("number", ["M000", "M001", "M146"])
def test_healthy(number: str):
    assert judge_defect("MODEL048", number).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("number", ["M133", "M140", "M141", "M144"])
def test_what_is_not_all_there_is_told_elsewhere(number: str):
    assert judge_defect("MODEL048", number).verdict is Verdict.NOT_APPLICABLE
