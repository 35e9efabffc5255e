from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.facts import gpu, unknown
from tests.rules.gpu.machines import machine, verdict_of, visible, without_gpu

CODE = "GPU009"


@pytest.mark.parametrize("fault", ["lost", "reset-required", "failed"])
def test_a_gpu_that_does_not_answer_is_an_error_and_can_be_left_out(fault: str) -> None:
    outcome = verdict_of(CODE, machine(gpu(0), gpu(1, fault=fault), gpu(2)))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert problem.subject == "GPU 1"
    assert "CUDA_VISIBLE_DEVICES=0,2" in problem.remedies[1].text


def test_a_gpu_that_is_not_used_anyway_is_a_warning() -> None:
    outcome = verdict_of(CODE, machine(gpu(0), gpu(1, fault="lost"), visible_devices=visible("0", 0)))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.WARNING]
    outcome = verdict_of(CODE, machine(gpu(0), gpu(1, fault="lost"), visible_devices=visible("1", 1)))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.ERROR]


def test_the_only_gpu_cannot_be_left_out() -> None:
    (problem,) = verdict_of(CODE, machine(gpu(0, fault="lost"))).problems
    assert len(problem.remedies) == 1


def test_a_lack_of_permission_is_not_cured_by_a_reset() -> None:
    (problem,) = verdict_of(CODE, machine(gpu(0, fault="no-permission"))).problems
    assert [remedy.commands for remedy in problem.remedies] == [()]
    assert "/dev/nvidia0" in problem.remedies[0].text


def test_gpus_that_answer_are_sound() -> None:
    assert verdict_of(CODE, machine(gpu(0), gpu(1))).verdict is Verdict.HEALTHY


def test_gpus_that_are_not_known_are_undetermined() -> None:
    assert verdict_of(CODE, machine(gpus=unknown())).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(gpu(0, fault="lost"), torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE
