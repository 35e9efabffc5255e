"""PKG012: only nvidia-ml-py provides the module pynvml."""

from __future__ import annotations

import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Verdict
from tests.facts import distribution, interpreter, judge


def outcome(**versions):
    items = tuple(distribution(name.replace("_", "-"), version) for name, version in versions.items())
    return judge("PKG012", {INTERPRETER: interpreter(), DISTRIBUTIONS: items})


def test_neither():
    assert outcome(torch="2").verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    "versions", [{"nvidia_ml_py": "13"}, {"pynvml": "11.5"}, {"nvidia_ml_py": "13", "pynvml": "13.0"}]
)
def test_one_module_only(versions):
    assert outcome(**versions).verdict is Verdict.HEALTHY


def test_both():
    found = outcome(nvidia_ml_py="13.1", pynvml="11.5.3")
    [problem] = found.problems
    assert found.cause_of(problem) is Cause.PYNVML_CONFLICT
    removed, installed = problem.remedies[0].commands
    assert removed[-1] == "pynvml" and installed[-1] == "nvidia-ml-py==13.1"


def test_a_version_that_cannot_be_read():
    assert outcome(nvidia_ml_py="13.1", pynvml="?").verdict is Verdict.UNKNOWN


def test_the_fork_for_python_3():
    found = outcome(nvidia_ml_py="13.1", nvidia_ml_py3="7.352.0")
    [problem] = found.problems
    assert problem.subject == "nvidia-ml-py3"
    assert problem.remedies[0].commands[0][-1] == "nvidia-ml-py3"


@pytest.mark.parametrize(("version", "verdict"), [("11.9", Verdict.PROBLEM), ("12.0", Verdict.HEALTHY)])
def test_from_12_on_pynvml_only_brings_nvidia_ml_py(version, verdict):
    assert outcome(nvidia_ml_py="13.1", pynvml=version).verdict is verdict


def test_a_fork_of_any_version_is_in_the_way():
    assert outcome(nvidia_ml_py="13.1", nvidia_ml_py3="12.0").verdict is Verdict.PROBLEM


def test_what_is_shadowed_is_in_nobodys_way():
    items = (distribution("nvidia-ml-py", "13"), distribution("pynvml", "11.5", shadowed=True))
    assert judge("PKG012", {INTERPRETER: interpreter(), DISTRIBUTIONS: items}).verdict is Verdict.HEALTHY
