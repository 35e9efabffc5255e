"""PIN002: the interpreter is one that the wheels of the set exist for."""

from __future__ import annotations

import pytest

from doctor.core.interpreter import INTERPRETER, unplaced
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import interpreter, judge, unknown
from tests.rules.pin.stacks import CUDA_STACK, stack


@pytest.mark.parametrize("version", ["3.8.10", "3.11.7", "3.12.9", "3.12.0rc1"])
def test_an_interpreter_in_the_range_is_healthy(matrix, version):
    facts = {**stack(CUDA_STACK), INTERPRETER: interpreter(version)}
    assert judge("PIN002", facts, matrix).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("version", ["3.7.9", "3.13.0", "3.14.0rc1"])
def test_an_interpreter_outside_is_an_error(matrix, version):
    facts = {**stack(CUDA_STACK), INTERPRETER: interpreter(version)}
    outcome = judge("PIN002", facts, matrix)
    (problem,) = outcome.problems
    assert (outcome.severity_of(problem), outcome.cause_of(problem)) == (Severity.WARNING, Cause.PYTHON_VERSION)
    assert f"Python {version} runs this environment" in problem.message
    assert ">=3.8,<3.13" in problem.message
    compiled = {"vllm==0.5.5", "torch==2.4.0", "xformers==0.0.27.post2", "vllm-flash-attn==2.6.1"}
    assert set(problem.remedies[0].pins) == compiled, "what there are wheels of for some versions of Python only"


def test_without_a_set_it_does_not_apply(matrix):
    outcome = judge("PIN002", stack(CUDA_STACK, vllm="0.5.4"), matrix)
    assert outcome.verdict is Verdict.NOT_APPLICABLE
    assert outcome.reasons == ("the matrix has no known-good set for vllm 0.5.4",)


def test_an_unknown_interpreter_is_undetermined(matrix):
    facts = {**stack(CUDA_STACK), INTERPRETER: unknown()}
    assert judge("PIN002", facts, matrix).verdict is Verdict.UNKNOWN


def test_a_text_that_states_no_python_is_undetermined(matrix):
    outcome = judge("PIN002", {**stack(CUDA_STACK), INTERPRETER: unplaced()}, matrix)
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reasons[0].startswith("version of Python")
