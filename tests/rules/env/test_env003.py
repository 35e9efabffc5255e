from __future__ import annotations

import pytest

from doctor.core.machine.system import PATH_ENTRIES, PathEntry
from doctor.core.report import Outcome, Verdict
from tests.facts import judge, unknown


def outcome(variable: str, exists: bool) -> Outcome:
    return judge("ENV003", {PATH_ENTRIES: (PathEntry(variable=variable, path="/usr/local/cuda-11", exists=exists),)})


@pytest.mark.parametrize("variable", ["CUDA_HOME", "CUDA_PATH", "LD_PRELOAD", "TMPDIR"])
def test_a_path_that_is_needed_and_missing_is_named(variable: str) -> None:
    (problem,) = outcome(variable, exists=False).problems
    assert f"{variable} names /usr/local/cuda-11, which does not exist" in problem.message
    assert problem.remedies[0].commands == (("unset", variable),)


def test_a_path_that_exists_is_healthy() -> None:
    there = PathEntry(variable="CUDA_HOME", path="/usr/local/cuda", exists=True)
    assert judge("ENV003", {PATH_ENTRIES: (there,)}).verdict is Verdict.HEALTHY
    gone = PathEntry(variable="TMPDIR", path="/scratch", exists=False)
    assert [problem.subject for problem in judge("ENV003", {PATH_ENTRIES: (there, gone)}).problems] == ["TMPDIR"]


@pytest.mark.parametrize("variable", ["LD_LIBRARY_PATH", "PYTHONPATH", "HF_HOME"])
def test_folders_that_may_be_missing_are_healthy(variable: str) -> None:
    """NVIDIA's images name /usr/local/nvidia/lib in LD_LIBRARY_PATH whether it is there or not."""
    assert outcome(variable, exists=False).verdict is Verdict.HEALTHY


def test_unknown_paths_are_undetermined() -> None:
    assert judge("ENV003", {PATH_ENTRIES: unknown()}).verdict is Verdict.UNKNOWN
