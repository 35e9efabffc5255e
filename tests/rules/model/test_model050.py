from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Verdict
from tests.models import llama
from tests.rules.model.folders import judge, judge_defect, judge_folder


def test_both_files_are_moved():
    (problem,) = judge_defect("MODEL050", "M147").problems
    assert problem.message.startswith("adapter_config.json and adapter_model.safetensors of an adapter lie in")
    assert len(problem.remedies[0].commands) == 2


def test_an_adapter_alone_is_told_elsewhere():
    assert judge_defect("MODEL050", "M214").verdict is Verdict.HEALTHY
    assert judge("MODEL050").verdict is Verdict.HEALTHY


@pytest.mark.parametrize("name", ["adapter_config.json", "adapter_model.safetensors"])
def test_one_of_the_two_is_told_too(tmp_path: Path, name: str):
    folder = llama().write(tmp_path)
    (folder / name).write_text("{}")
    (problem,) = judge_folder("MODEL050", folder).problems
    assert problem.subject == name
    assert problem.message.startswith(f"{name} of an adapter lies in the folder of a model")


@pytest.mark.parametrize("gone", ["config.json", "model.safetensors"])
def test_without_a_model_it_is_no_matter(tmp_path: Path, gone: str):
    folder = llama().write(tmp_path)
    (folder / "adapter_config.json").write_text("{}")
    (folder / gone).unlink()
    assert not judge_folder("MODEL050", folder).problems
