from __future__ import annotations

from dataclasses import replace

from doctor.core.report import Severity, Verdict
from tests.facts import gpu, unknown
from tests.rules.gpu.machines import machine, verdict_of, visible, without_gpu

CODE = "GPU016"
PAIR = (gpu(0), gpu(1, "NVIDIA A100-SXM4-80GB", "8.0"))


def test_different_models_are_worth_knowing() -> None:
    outcome = verdict_of(CODE, machine(*PAIR))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.INFO
    assert "NVIDIA H100 80GB HBM3 (0), NVIDIA A100-SXM4-80GB (1); CUDA_DEVICE_ORDER" in problem.message


def test_a_choice_by_number_without_a_fixed_order_is_a_warning() -> None:
    outcome = verdict_of(CODE, machine(*PAIR, visible_devices=visible("1", 1)))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert "CUDA_VISIBLE_DEVICES=1 picks by number" in problem.message


def test_a_fixed_order_or_a_choice_by_name_is_not_ambiguous() -> None:
    for chosen in (visible("1", 1, order="PCI_BUS_ID"), visible("GPU-1", 1)):
        outcome = verdict_of(CODE, machine(*PAIR, visible_devices=chosen))
        assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.INFO]


def test_one_model_is_sound() -> None:
    assert verdict_of(CODE, machine(gpu(0), gpu(1))).verdict is Verdict.HEALTHY


def test_a_name_that_is_not_known_is_undetermined() -> None:
    assert verdict_of(CODE, machine(gpu(0), replace(gpu(1), name=unknown()))).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(*PAIR, visible_devices=visible(""))).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(*PAIR, torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE
