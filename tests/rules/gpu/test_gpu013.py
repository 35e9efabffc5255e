from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.facts import absent, gpu, known, unknown
from tests.rules.gpu.machines import machine, verdict_of, without_gpu

CODE = "GPU013"


@pytest.mark.parametrize(
    "reason", ["hardware slowdown", "hardware thermal slowdown", "hardware power brake", "software thermal slowdown"]
)
def test_heat_and_power_are_a_warning(reason: str) -> None:
    outcome = verdict_of(CODE, machine(gpu(throttling=known(("idle", reason)))))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert f"clocks: {reason};" in problem.message


@pytest.mark.parametrize("reasons", [(), ("idle",), ("application clocks",), ("software power cap", "sync boost")])
def test_how_a_gpu_works_is_sound(reasons: tuple[str, ...]) -> None:
    assert verdict_of(CODE, machine(gpu(throttling=known(reasons)))).verdict is Verdict.HEALTHY


def test_a_gpu_that_reports_no_reasons_is_sound_and_one_that_refuses_is_not() -> None:
    assert verdict_of(CODE, machine(gpu(throttling=absent()))).verdict is Verdict.HEALTHY
    assert verdict_of(CODE, machine(gpu(throttling=unknown()))).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE
