from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Severity, Verdict
from tests.models import llama
from tests.rules.model.folders import judge, judge_defect, judge_folder, with_versions


@pytest.mark.parametrize(
    ("versions", "severity", "words"),
    [
        ({"vllm": "0.32.0"}, Severity.ERROR, "vLLM loads consolidated.safetensors"),
        ({"vllm": "0.12.0"}, Severity.ERROR, "vLLM loads"),
        ({"vllm": "0.11.2"}, Severity.WARNING, "vLLM from 0.12 on loads"),
        ({}, Severity.WARNING, "vLLM from 0.12 on loads"),
    ],
)
def test_depends_on_the_release(versions: dict[str, str], severity: Severity, words: str):
    found = judge_defect("MODEL049", "M146", distributions=with_versions(**versions))
    assert [found.severity_of(problem) for problem in found.problems] == [severity]
    assert words in found.problems[0].message


def test_a_release_of_mistral_brings_its_config():
    found = judge_defect("MODEL049", "M146b")
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]
    assert "params.json" in found.problems[0].message


def test_healthy():
    assert judge("MODEL049").verdict is Verdict.HEALTHY


def test_the_form_of_mistral_alone_is_another_rules_matter(tmp_path: Path):
    folder = llama().write(tmp_path)
    (folder / "model.safetensors").rename(folder / "consolidated.safetensors")
    assert judge_folder("MODEL049", folder).verdict is Verdict.HEALTHY


def test_its_config_is_set_aside_with_it():
    (problem,) = judge_defect("MODEL049", "M146b").problems
    assert problem.message.endswith("that is right only for the release of Mistral itself")
    assert len(problem.remedies[0].commands) == 2
    (problem,) = judge_defect("MODEL049", "M146").problems
    assert problem.message == "vLLM loads consolidated.safetensors and none of the other weights"
    assert len(problem.remedies[0].commands) == 1
