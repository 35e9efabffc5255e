from __future__ import annotations

import pytest

from doctor.core.machine.gpu import Nvml
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import gpu, known, unknown
from tests.rules.gpu.machines import machine, verdict_of, visible, without_gpu

CODE = "GPU010"


@pytest.mark.parametrize("value", ["", "-1"])
def test_a_variable_that_hides_every_gpu_is_an_error(value: str) -> None:
    outcome = verdict_of(CODE, machine(gpu(0), gpu(1), visible_devices=visible(value)))
    (problem,) = outcome.problems
    assert (outcome.severity_of(problem), outcome.cause_of(problem)) == (Severity.ERROR, Cause.ENV_VARIABLE)
    assert "hides every GPU of this machine" in problem.message


def test_a_machine_without_hardware_is_a_warning() -> None:
    outcome = verdict_of(CODE, without_gpu())
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.WARNING]
    assert outcome.problems[0].message.startswith("no NVIDIA GPU is there; torch 2.4.0+cu121 is a CUDA 12.1 build")
    assert "`--gpus all`" in outcome.problems[0].remedies[0].text
    outcome = verdict_of(CODE, machine(gpus=known(()), nvml=Nvml(fault="", detail="", hardware=())))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.WARNING]


def test_hardware_that_nvml_does_not_list_is_an_error() -> None:
    outcome = verdict_of(CODE, machine(gpus=known(())))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert "0000:01:00.0 nvidia" in problem.message


def test_an_entry_that_names_nothing_is_another_rules_finding() -> None:
    assert verdict_of(CODE, machine(visible_devices=visible("3", missing="3"))).verdict is Verdict.HEALTHY


def test_one_visible_gpu_is_enough() -> None:
    assert verdict_of(CODE, machine()).verdict is Verdict.HEALTHY
    assert verdict_of(CODE, machine(gpu(0), gpu(1), visible_devices=visible("1", 1))).verdict is Verdict.HEALTHY


def test_gpus_that_are_not_known_are_undetermined() -> None:
    assert verdict_of(CODE, machine(gpus=unknown())).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu(torch="2.13.0+cpu")).verdict is Verdict.NOT_APPLICABLE
