from __future__ import annotations

from dataclasses import replace

import pytest

from doctor.core.machine.gpu import Gpu
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import absent, gpu, known, unknown
from tests.rules.gpu.machines import machine, verdict_of, without_gpu

CODE = "GPU014"
VLLM = {"vllm": "0.5.5"}


def card(free: int, *processes: tuple[int, int], total: int = 80000) -> Gpu:
    return gpu(memory_total=known(total), memory_free=known(free), processes=known(processes))


def test_memory_that_another_process_holds_is_named_with_its_pid() -> None:
    outcome = verdict_of(CODE, machine(card(39999, (4242, 39000), (77, -1)), packages=VLLM))
    (problem,) = outcome.problems
    assert (outcome.severity_of(problem), outcome.cause_of(problem)) == (Severity.WARNING, Cause.GPU_MEMORY)
    assert "39999 of 80000 MiB" in problem.message
    assert "held by process 4242 (39000 MiB), 77; 72000 MiB are needed" in problem.message
    assert "72000 MiB are needed by vLLM's default" in problem.message
    assert problem.remedies[0].commands[0][-1] == "4242,77"
    assert "--gpu-memory-utilization 0.47" in problem.remedies[1].text


@pytest.mark.parametrize(("free", "offered"), [(9500, False), (9600, True), (4000, False)])
def test_a_share_that_vllm_cannot_use_is_not_offered(free: int, offered: bool) -> None:
    (problem,) = verdict_of(CODE, machine(card(free), packages=VLLM)).problems
    assert (len(problem.remedies) == 2) is offered
    assert f"{free} of 80000 MiB of NVIDIA H100 80GB HBM3 are free; " in problem.message
    assert problem.remedies[0].commands == (("nvidia-smi", "-i", "0"),)


def test_memory_is_named_for_what_is_installed() -> None:
    held = card(30000, (1, 0), (2, 1))
    outcome = verdict_of(CODE, machine(card(79000), gpu(1, memory_total=absent()), replace(held, index=2)))
    (problem,) = outcome.problems
    assert problem.subject == "GPU 2"
    assert problem.message.endswith(", held by process 1 (0 MiB), 2 (1 MiB); 40000 MiB are needed")
    assert len(problem.remedies) == 1


def test_nine_tenths_are_enough_for_vllm_and_half_for_training() -> None:
    assert verdict_of(CODE, machine(card(72000), packages=VLLM)).verdict is Verdict.HEALTHY
    assert verdict_of(CODE, machine(card(71999), packages=VLLM)).verdict is Verdict.PROBLEM
    assert verdict_of(CODE, machine(card(40000))).verdict is Verdict.HEALTHY
    assert verdict_of(CODE, machine(card(39999))).verdict is Verdict.PROBLEM


def test_memory_shared_with_the_cpu_is_not_judged() -> None:
    shared = gpu(memory_total=absent(), memory_free=absent(), memory_used=absent())
    assert verdict_of(CODE, machine(shared, packages=VLLM)).verdict is Verdict.HEALTHY


def test_a_driver_that_lists_no_processes_leaves_the_judgement_as_it_is() -> None:
    busy = gpu(memory_total=known(80000), memory_free=known(40000), processes=unknown())
    assert verdict_of(CODE, machine(busy, packages=VLLM)).verdict is Verdict.PROBLEM
    idle = gpu(memory_total=known(80000), memory_free=known(79000), processes=unknown())
    assert verdict_of(CODE, machine(idle, packages=VLLM)).verdict is Verdict.HEALTHY


def test_memory_that_was_refused_is_undetermined() -> None:
    assert verdict_of(CODE, machine(gpu(memory_free=unknown()), packages=VLLM)).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(card(10), torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE
