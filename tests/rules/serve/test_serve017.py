from __future__ import annotations

import pytest

from doctor.core.fact import Reason
from doctor.core.machine.gpu import GPUS
from doctor.core.report import Severity, Verdict
from tests.facts import gpu, unknown
from tests.rules.serve.commands import outcome

CODE = "SERVE017"


@pytest.mark.parametrize(
    ("method", "vllm", "capability", "severity"),
    [
        ("awq_marlin", "0.10.2", "7.5", Severity.ERROR),
        ("fp8", "0.5.0", "8.0", Severity.ERROR),
        ("fp8", "0.10.2", "7.5", Severity.ERROR),
        ("fp8", "0.10.2", "8.6", Severity.INFO),
        ("fp8", "0.32.0", "7.5", Severity.INFO),
    ],
)
def test_an_old_gpu(method: str, vllm: str, capability: str, severity: Severity) -> None:
    found = outcome(CODE, f"--quantization {method}", vllm, {GPUS: (gpu(capability=capability),)})
    (problem,) = found.problems
    assert found.severity_of(problem) is severity
    assert method in problem.message and capability in problem.message


@pytest.mark.parametrize(
    ("method", "vllm", "capability", "verdict"),
    [
        ("fp8", "0.10.2", "8.9", Verdict.HEALTHY),
        ("awq_marlin", "0.14.1", "7.5", Verdict.HEALTHY),
        ("gptq", "0.10.2", "7.0", Verdict.HEALTHY),
        ("bitsandbytes", "0.32.0", "8.0", Verdict.NOT_APPLICABLE),
        ("none", "0.32.0", "8.0", Verdict.NOT_APPLICABLE),
        ("deepseek_v4_fp8", "0.32.0", "7.0", Verdict.HEALTHY),
        ("fp8", "9.9.9", "8.9", Verdict.UNKNOWN),
    ],
)
def test_a_gpu_that_has_it_and_what_does_not_apply(method: str, vllm: str, capability: str, verdict: Verdict) -> None:
    facts = {GPUS: (gpu(capability=capability),)}
    assert outcome(CODE, f"--quantization {method}", vllm, facts).verdict is verdict


def test_a_capability_that_is_not_known_is_undetermined() -> None:
    facts = {GPUS: (gpu(capability=unknown()),)}
    assert outcome(CODE, "--quantization fp8", facts=facts).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("first", [unknown(), "7.5"])
def test_a_gpu_that_is_not_judged_hides_no_other(first) -> None:
    """Where no vLLM is installed, what some releases ask for is not judged, either."""
    facts = {GPUS: (gpu(capability=first), gpu(1, capability="7.0"))}
    (problem,) = outcome(CODE, "--quantization awq_marlin", "", facts).problems
    assert problem.message.startswith("GPU 1 has compute capability 7.0")


@pytest.mark.parametrize("arguments", ["", "--quantization none", "--quantization None"])
def test_without_a_method_the_gpus_are_not_asked_for(arguments: str) -> None:
    found = outcome(CODE, arguments, facts={GPUS: unknown()})
    assert (found.verdict, found.reasons) == (Verdict.NOT_APPLICABLE, ("the command names no quantization",))


@pytest.mark.parametrize(
    ("method", "capability", "verdict"),
    [
        ("awq", "7.0", Verdict.PROBLEM),
        ("awq_marlin", "7.0", Verdict.PROBLEM),
        ("awq_marlin", "7.5", Verdict.UNKNOWN),
        ("awq_marlin", "8.0", Verdict.HEALTHY),
        ("modelopt_mxfp8", "7.5", Verdict.PROBLEM),  # 8.0 to 10.0: numbers, not texts
        ("modelopt_mxfp8", "9.0", Verdict.UNKNOWN),
        ("modelopt_mxfp8", "10.0", Verdict.HEALTHY),
        ("inc", "5.2", Verdict.UNKNOWN),
        ("inc", "6.0", Verdict.HEALTHY),
    ],
)
def test_without_a_vllm_the_least_that_any_release_asks_for_decides(
    method: str, capability: str, verdict: Verdict
) -> None:
    facts = {GPUS: (gpu(capability=capability),)}
    assert outcome(CODE, f"--quantization {method}", "", facts).verdict is verdict


def test_a_text_that_names_the_gpu_says_its_capability() -> None:
    """As pasted texts do: `collect_env` lists names only."""
    listed = gpu(name="Tesla V100-SXM2-32GB", capability=unknown(Reason.NOT_STATED))
    (problem,) = outcome(CODE, "--quantization awq", facts={GPUS: (listed,)}).problems
    assert "compute capability 7.0" in problem.message
