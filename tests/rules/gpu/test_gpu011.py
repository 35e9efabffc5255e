from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.facts import gpu, unknown
from tests.rules.gpu.machines import machine, verdict_of, visible, without_gpu

CODE = "GPU011"


def test_an_entry_that_leaves_no_gpu_is_an_error() -> None:
    outcome = verdict_of(CODE, machine(visible_devices=visible("3,0", missing="3")))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert "CUDA_VISIBLE_DEVICES=3,0 names 3, but the machine has 1 GPU, so none stays visible" in problem.message
    assert "CUDA_VISIBLE_DEVICES=0" in problem.remedies[0].text


def test_an_entry_after_which_gpus_go_missing_is_a_warning() -> None:
    outcome = verdict_of(CODE, machine(gpu(0), gpu(1), visible_devices=visible("1,GPU-ff,0", 1, missing="GPU-ff")))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert "only 1 stay visible" in problem.message


def test_entries_that_are_there_are_sound() -> None:
    assert verdict_of(CODE, machine(visible_devices=visible("0", 0))).verdict is Verdict.HEALTHY
    assert verdict_of(CODE, machine(visible_devices=visible("-1"))).verdict is Verdict.HEALTHY


def test_entries_that_cannot_be_told_are_undetermined() -> None:
    assert verdict_of(CODE, machine(visible_devices=unknown())).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_the_variable_a_gpu_or_cuda() -> None:
    assert verdict_of(CODE, machine()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    facts = machine(torch="2.4.0+cpu", visible_devices=visible("3", missing="3"))
    assert verdict_of(CODE, facts).verdict is Verdict.NOT_APPLICABLE
