"""Which releases of vLLM and builds of torch a remedy names for a GPU."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doctor.core.machine.gpu import Gpu
from doctor.core.report import Safety
from tests.facts import gpu, interpreter, judge
from tests.rules.gpu.machines import V100, machine, matrix, verdict_of

ARM = interpreter(markers={**interpreter().markers, "platform_machine": "aarch64"})
GH200, GB10 = gpu(0, "NVIDIA GH200 480GB", "9.0"), gpu(0, "NVIDIA GB10", "12.1")


@pytest.mark.parametrize(
    ("device", "packages", "pin"),
    [
        # Kernels of vLLM 0.9.2 for 12.0 need a torch that has some, which it does not pin.
        (gpu(0, "NVIDIA GeForce RTX 5090", "12.0"), {"vllm": "0.9.2"}, "vllm>=0.10.2,<0.20"),
        # LoRA of older releases does not run on it, and newer ones have no code for it.
        (V100, {"vllm": "0.20.0"}, "vllm>=0.5.4,<0.20"),
    ],
)
def test_releases_that_run_with_the_torch_that_they_pin(device: Gpu, packages: dict[str, str], pin: str) -> None:
    torch = "2.7.0+cu126" if packages["vllm"] == "0.9.2" else "2.11.0+cu130"
    (problem,) = verdict_of("GPU004", machine(device, torch=torch, packages=packages)).problems
    assert problem.remedies[0].pins == (pin,)


@pytest.mark.parametrize("device", [GH200, GB10])
def test_on_arm_the_first_releases_pin_a_torch_that_the_index_has_without_cuda(device: Gpu) -> None:
    facts = machine(device, torch="2.8.0+cpu", packages={"vllm": "0.10.2"}, interpreter=ARM)
    (problem,) = verdict_of("GPU006", facts).problems
    (remedy,) = problem.remedies
    (pin,) = remedy.pins
    first = pin.partition(">=")[2].partition(",")[0]
    row = matrix().wheel_build("vllm", first, "aarch64")
    assert pin == "vllm>=0.20.0" and row is not None and row.cuda == "13.0"


def test_on_arm_without_vllm_only_a_person_can_choose_the_build() -> None:
    (problem,) = verdict_of("GPU006", machine(GH200, torch="2.8.0+cpu", interpreter=ARM)).problems
    (remedy,) = problem.remedies
    assert (remedy.safety, remedy.commands) == (Safety.MANUAL, ())
    assert "before 2.11.0" in remedy.text


def test_on_arm_a_vllm_of_which_no_release_is_known_to_fit_is_not_named() -> None:
    rows = tuple(row for row in matrix().wheel_builds if row.package != "vllm")
    facts = machine(GH200, torch="2.8.0+cpu", packages={"vllm": "0.10.2"}, interpreter=ARM)
    (problem,) = judge("GPU006", facts, replace(matrix(), wheel_builds=rows)).problems
    (remedy,) = problem.remedies
    assert (remedy.safety, remedy.pins) == (Safety.MANUAL, ())
    assert "before 2.11.0: install the build of torch 2.8.0" in remedy.text


def test_a_wheel_for_arm_is_judged_by_its_own_architectures() -> None:
    """The wheel of torch 2.11 for x86_64 has code for 7.5, the one for ARM begins at 8.0."""
    t4 = gpu(0, "NVIDIA T4G", "7.5")
    assert verdict_of("GPU004", machine(t4, torch="2.11.0+cu130", interpreter=ARM)).problems
    assert not verdict_of("GPU004", machine(t4, torch="2.11.0+cu130")).problems
