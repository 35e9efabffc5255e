from __future__ import annotations

import pytest

from doctor.core.machine.system import VARIABLES, VARIABLES_LISTED
from doctor.core.report import Severity, Verdict
from tests.facts import judge, unknown


@pytest.mark.parametrize("name", ["CUDA_LAUNCH_BLOCKING", "VLLM_TRACE_FUNCTION", "NCCL_P2P_DISABLE"])
def test_a_variable_for_finding_faults_is_worth_knowing(name: str) -> None:
    outcome = judge("ENV006", {VARIABLES: {name: "1"}})
    (problem,) = outcome.problems
    assert problem.message.startswith(f"{name}=1: ")
    assert outcome.severity_of(problem) is Severity.INFO


@pytest.mark.parametrize("value", ["0", "", "false", "OFF", "no"])
def test_a_variable_that_is_off_is_healthy(value: str) -> None:
    assert judge("ENV006", {VARIABLES: {"CUDA_LAUNCH_BLOCKING": value}}).verdict is Verdict.HEALTHY


def test_what_a_text_lists_is_known_however_little_it_lists() -> None:
    names = ("CUDA_LAUNCH_BLOCKING", "VLLM_TRACE_FUNCTION", "NCCL_P2P_DISABLE", "NCCL_SHM_DISABLE", "NCCL_IB_DISABLE")
    facts = {VARIABLES: dict.fromkeys(names, "1"), VARIABLES_LISTED: ("PYTORCH_",)}
    found = judge("ENV006", facts)
    assert ([problem.subject for problem in found.problems], found.reasons) == (list(names), ())
    assert judge("ENV006", {**facts, VARIABLES: {}}).verdict is Verdict.UNKNOWN


def test_unknown_variables_are_undetermined() -> None:
    assert judge("ENV006", {VARIABLES: unknown()}).verdict is Verdict.UNKNOWN
