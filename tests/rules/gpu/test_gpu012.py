from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.facts import absent, gpu, known, unknown
from tests.rules.gpu.machines import machine, verdict_of, visible, without_gpu

CODE = "GPU012"


def test_uncorrected_errors_are_a_warning() -> None:
    outcome = verdict_of(CODE, machine(gpu(0), gpu(1, ecc_errors=known(3))))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert (problem.subject, "met 3 memory errors" in problem.message) == ("GPU 1", True)
    assert [command[-1] for command in problem.remedies[0].commands] == ["ECC,ROW_REMAPPER", "1"]


def test_a_gpu_that_is_hidden_is_not_judged() -> None:
    facts = machine(gpu(0), gpu(1, ecc_errors=known(3)), visible_devices=visible("0", 0))
    assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY


def test_no_errors_and_no_ecc_are_sound() -> None:
    assert verdict_of(CODE, machine(gpu(0), gpu(1, ecc_errors=absent()))).verdict is Verdict.HEALTHY


def test_a_count_that_was_refused_is_undetermined() -> None:
    assert verdict_of(CODE, machine(gpu(ecc_errors=unknown()))).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE
