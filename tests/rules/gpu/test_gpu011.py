from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.facts import gpu, known, unknown
from tests.rules.gpu.machines import machine, verdict_of, visible, without_gpu

CODE = "GPU011"


def test_an_entry_that_leaves_no_gpu_is_an_error() -> None:
    outcome = verdict_of(CODE, machine(visible_devices=visible("3,0", missing="3")))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert "CUDA_VISIBLE_DEVICES=3,0 names 3, but the machine has one GPU, so none stays visible" in problem.message
    assert "CUDA_VISIBLE_DEVICES=0" in problem.remedies[0].text


def test_an_entry_after_which_gpus_go_missing_is_a_warning() -> None:
    outcome = verdict_of(CODE, machine(gpu(0), gpu(1), visible_devices=visible("1,GPU-ff,0", 1, missing="GPU-ff")))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert "names GPU-ff, but the machine has GPU 0 to 1, so only 1 stays visible;" in problem.message
    assert problem.remedies[0].text.endswith("`export CUDA_VISIBLE_DEVICES=0,1`")
    three = machine(gpu(0), gpu(1), gpu(2), visible_devices=visible("1,0,7", 1, 0, missing="7"))
    assert "only 2 stay visible;" in verdict_of(CODE, three).problems[0].message


def test_where_no_gpu_is_listed_the_variable_is_unset() -> None:
    (problem,) = verdict_of(CODE, machine(gpus=known(()), visible_devices=visible("0", missing="0"))).problems
    assert "names 0, but the machine has no GPU, so none stays visible;" in problem.message
    assert problem.remedies[0].text.endswith("`unset CUDA_VISIBLE_DEVICES`")


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
