from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Severity, Verdict
from tests import models
from tests.defects import DEFECTS
from tests.models import write_json, write_safetensors
from tests.rules.model.folders import judge_defect, judge_folder


def test_one_file_is_renamed():
    (problem,) = judge_defect("MODEL041", "M137").problems
    assert problem.subject == "weights.safetensors"
    assert problem.remedies[0].commands[0][-1].endswith("/model.safetensors")


def test_two_files_are_sorted_out_by_hand(tmp_path: Path):
    folder = DEFECTS["M137"].write(tmp_path)
    write_safetensors(folder / "more.safetensors", {})
    (problem,) = judge_folder("MODEL041", folder).problems
    assert problem.remedies[0].commands == ()


def test_files_of_any_name_that_an_index_names_are_found(tmp_path: Path):
    folder = DEFECTS["M137"].write(tmp_path)
    write_json(folder / "model.safetensors.index.json", {"weight_map": {"lm_head.weight": "weights.safetensors"}})
    assert judge_folder("MODEL041", folder).verdict is Verdict.HEALTHY


def test_the_form_of_mistral_is_a_warning(tmp_path: Path):
    folder = models.llama().write(tmp_path)
    (folder / "model.safetensors").rename(folder / "consolidated.safetensors")
    write_json(folder / "params.json", {})
    found = judge_folder("MODEL041", folder)
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


@pytest.mark.parametrize("number", ["M000", "M001", "M133", "M141", "M144", "M145"])
def test_healthy(number: str):
    assert judge_defect("MODEL041", number).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("params", [True, False])
@pytest.mark.parametrize("name", ["consolidated.safetensors", "weights.safetensors"])
def test_mistrals_form_takes_both_its_name_and_its_config(tmp_path: Path, params: bool, name: str):
    folder = models.llama().write(tmp_path)
    (folder / "model.safetensors").rename(folder / name)
    if params:
        write_json(folder / "params.json", {})
    (problem,) = judge_folder("MODEL041", folder).problems
    assert problem.subject == name
    assert ("Mistral" in problem.message) is (params and name.startswith("consolidated"))


@pytest.mark.parametrize("beside", ["model.safetensors", "model-00001-of-00002.safetensors", "pytorch_model.bin"])
def test_what_is_found_all_the_same_is_let_be(tmp_path: Path, beside: str):
    folder = DEFECTS["M137"].write(tmp_path)
    if beside.endswith(".bin"):
        (folder / beside).write_bytes(b"x")
    else:
        write_safetensors(folder / beside, {})
    assert judge_folder("MODEL041", folder).verdict is Verdict.HEALTHY
