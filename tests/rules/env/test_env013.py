"""ENV013: LD_LIBRARY_PATH names no CUDA toolkit of another version than torch's."""

from __future__ import annotations

import pytest

from doctor.core.fact import Reason
from doctor.core.machine.system import LOADER_ENTRIES, VARIABLES
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import absent, judge, torch_build, unknown


def outcome(path: str | None, *, cuda: str = "12.1", entries: object = ()) -> Outcome:
    variables = {} if path is None else {"LD_LIBRARY_PATH": path}
    build = torch_build("2.2.0", cuda, architectures=absent())
    return judge("ENV013", {VARIABLES: variables, TORCH_BUILD: build, LOADER_ENTRIES: entries})


@pytest.mark.parametrize("path", [None, "", "/usr/local/cuda/lib64", "/usr/local/cuda-12.1/lib64:", "/opt/lib"])
def test_folders_that_are_fine_or_tell_nothing(path: str | None) -> None:
    assert outcome(path).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("entries", "severity"), [((), Severity.INFO), (unknown(Reason.NOT_STATED, "a text"), Severity.WARNING)]
)
def test_a_toolkit_of_another_version(entries: object, severity: Severity) -> None:
    found = outcome("/opt/lib:/usr/local/cuda-12.3/lib64", entries=entries)
    (problem,) = found.problems
    assert found.severity_of(problem) is severity
    assert problem.message.startswith("LD_LIBRARY_PATH names /usr/local/cuda-12.3/lib64, and torch 2.2.0 brings")


def test_a_torch_without_cuda() -> None:
    assert outcome("/usr/local/cuda-12.3/lib64", cuda="").verdict is Verdict.NOT_APPLICABLE
