"""PKG015: NVIDIA's libraries of one CUDA major version are installed."""

from __future__ import annotations

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Severity, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import distribution, interpreter, judge, unknown


def outcome(*items):
    return judge("PKG015", {INTERPRETER: interpreter(), DISTRIBUTIONS: items})


CU12 = (distribution("nvidia-cublas-cu12", "12.1"), distribution("nvidia-nccl-cu12", "2.20"))
CU13 = (distribution("nvidia-cublas", "13.0"), distribution("nvidia-nccl-cu13", "2.27"))


def test_none():
    assert outcome(distribution("nvidia-ml-py", "13")).verdict is Verdict.NOT_APPLICABLE


def test_one_major():
    placeholder = distribution("nvidia-cublas", "0.0.1.dev5")
    assert outcome(*CU12, placeholder, distribution("torch", "2.4.0", "nvidia-cublas-cu12")).verdict is Verdict.HEALTHY
    assert outcome(*CU13, distribution("torch", "2.13.0", "nvidia-cublas")).verdict is Verdict.HEALTHY


def test_what_nothing_requires_is_left_over():
    found = outcome(*CU12, *CU13, distribution("torch", "2.13.0", "nvidia-cublas", "nvidia-nccl-cu13"))
    [problem] = found.problems
    assert (problem.subject, found.severity_of(problem)) == ("nvidia-*-cu12", Severity.WARNING)
    removal, again = problem.remedies[0].commands
    assert removal[-2:] == ("nvidia-cublas-cu12", "nvidia-nccl-cu12")
    assert again[-2:] == ("nvidia-cublas==13.0", "nvidia-nccl-cu13==2.27"), "the removal took files of these along"


def test_where_both_are_required_it_is_only_mentioned():
    torch = distribution("torch", "2.13.0", "nvidia-cublas")
    found = outcome(*CU12, *CU13, torch, distribution("xgboost", "3", "nvidia-nccl-cu12"))
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.INFO and "by xgboost" in problem.message


def test_requirements_that_are_not_known_leave_a_gap():
    found = outcome(*CU12, *CU13, distribution("torch", "2.13.0", requires=unknown()))
    assert found.undetermined
    # Of those that are known nothing is told: there are hundreds.
    assert [item.key for item in found.evidence if "requirements" in item.key] == ["requirements of torch"]


def test_what_a_wheel_of_nvidia_brings_for_the_stack_is_required():
    brought = distribution("nvidia-cudnn-frontend", "1.27", "nvidia-cudnn-cu12")
    vllm = distribution("vllm", "0.32.0", "nvidia-cudnn-frontend", "nvidia-cublas")
    found = outcome(vllm, brought, distribution("nvidia-cudnn-cu12", "9.1"), *CU13)
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.INFO]


def test_what_brings_both_majors_itself_mixes_nothing():
    both = [distribution(f"nvidia-cutlass-dsl-libs-cu{major}", "4.8.0") for major in (12, 13)]
    assert outcome(*both, *CU13, distribution("torch", "2.13.0", "nvidia-cublas")).verdict is Verdict.HEALTHY


def test_of_a_list_of_versions_the_index_says_what_torch_requires():
    listed = unknown(Reason.NOT_STATED, "a list of versions")
    items = [distribution(item.name, item.version, requires=listed) for item in (*CU12, *CU13)]
    torch = distribution("torch", "2.13.0", requires=listed, requires_python=listed)
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: (*items, torch)}
    found = judge("PKG015", facts, load_matrix())
    assert [problem.subject for problem in found.problems] == ["nvidia-*-cu12"]
    assert "nothing that is known of requires" in found.problems[0].message


def test_what_left_over_wheels_require_of_each_other_is_left_over_too():
    cudnn = distribution("nvidia-cudnn-cu12", "9.1", "nvidia-cublas-cu12")
    torch = distribution("torch", "2.13.0", "nvidia-cublas", "nvidia-nccl-cu13")
    found = outcome(cudnn, *CU12, *CU13, torch)
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


def test_a_problem_is_told_once_and_where_the_left_over_ones_are():
    """That each major is required is not said where one is not."""
    found = outcome(*CU12, *CU13, distribution("torch", "2.13.0", "nvidia-cublas"))
    [problem] = found.problems
    assert not found.undetermined
    assert problem.location.where == CU12[0].path
    assert "nothing requires those for CUDA 12" in problem.message
    assert problem.remedies[0].text == (
        "Remove those for CUDA 12, then install the others again, because they share paths"
    )


def test_where_nothing_requires_either_both_are_left_over_and_nothing_comes_again():
    found = outcome(*CU12, *CU13, distribution("torch", "2.13.0"))
    assert [problem.subject for problem in found.problems] == ["nvidia-*-cu12", "nvidia-*-cu13"]
    assert [len(problem.remedies[0].commands) for problem in found.problems] == [1, 1]
    assert found.problems[0].remedies[0].text == "Remove those for CUDA 12"


def test_what_is_shadowed_is_of_no_major():
    old = distribution("nvidia-cublas-cu12", "12.1", shadowed=True)
    assert outcome(old, *CU13, distribution("torch", "2.13.0", "nvidia-cublas")).verdict is Verdict.HEALTHY


def test_a_single_wheel_may_be_what_is_left_over():
    found = outcome(CU12[0], *CU13, distribution("torch", "2.13.0", "nvidia-cublas"))
    assert [problem.subject for problem in found.problems] == ["nvidia-*-cu12"]
