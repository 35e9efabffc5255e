from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.facts import absent, gpu, known, unknown
from tests.rules.gpu.machines import machine, verdict_of, without_gpu

CODE = "GPU015"


@pytest.mark.parametrize(
    ("mode", "severity"), [("Prohibited", Severity.ERROR), ("Exclusive_Process", Severity.WARNING)]
)
def test_a_gpu_that_refuses_processes_is_named(mode: str, severity: Severity) -> None:
    outcome = verdict_of(CODE, machine(gpu(0), gpu(1, compute_mode=known(mode))))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is severity
    assert problem.remedies[0].commands[0] == ("sudo", "nvidia-smi", "-i", "1", "-c", "DEFAULT")


def test_the_default_and_no_such_mode_are_sound() -> None:
    assert verdict_of(CODE, machine(gpu(0), gpu(1, compute_mode=absent()))).verdict is Verdict.HEALTHY


def test_a_mode_that_was_refused_is_undetermined() -> None:
    assert verdict_of(CODE, machine(gpu(compute_mode=unknown()))).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE
