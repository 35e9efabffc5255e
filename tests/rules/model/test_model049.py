from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import judge, judge_defect, with_versions


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
