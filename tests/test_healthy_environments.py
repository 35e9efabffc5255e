"""Sound environments, as vLLM, PyTorch, NVIDIA and Unsloth document them: nothing in them is an error.

A tool that cries wolf is switched off. Each combination is from a public source; a rule or a row of
the matrix that calls one an error is wrong, whatever else it finds.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from doctor.core.matrix import Matrix
from doctor.core.report import Report, Severity
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from doctor.matrix.load import load_matrix
from scripts.case_snapshot import snapshot_of_case

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SOUND: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "healthy.toml").read_text())


@cache
def matrix() -> Matrix:
    return load_matrix()


def judged(name: str, environment: dict[str, Any]) -> Report:
    rules, _ = select()
    return judge(snapshot_of_case({"id": name, "environment": environment}), matrix(), rules)


def errors(report: Report) -> list[str]:
    return [
        f"{outcome.code} {problem.subject}: {problem.message}"
        for outcome, problem in report.problems()
        if outcome.severity_of(problem) is Severity.ERROR
    ]


@pytest.mark.parametrize("name", SOUND)
def test_nothing_in_a_sound_environment_is_an_error(name: str) -> None:
    assert errors(judged(name, SOUND[name]["environment"])) == []


def test_the_same_environments_are_not_simply_passed_over() -> None:
    """With one thing wrong each of these is an error: the rules did look."""
    sound = SOUND["vllm-0-20-image"]["environment"]
    broken = [
        {**sound, "driver": "550.90.07"},
        {**sound, "python": "3.8.10"},
        {**sound, "packages": {**sound["packages"], "torch": "2.8.0+cu128"}},
        {**sound, "gpu": {"name": "Tesla V100-SXM2-32GB", "count": 1}},
    ]
    assert all(errors(judged("broken", environment)) for environment in broken)
