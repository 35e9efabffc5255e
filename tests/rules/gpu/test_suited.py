"""Which releases of vLLM and builds of torch a remedy names for a GPU."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from packaging.version import Version

from doctor.core.machine.gpu import Gpu
from doctor.core.matrix import Matrix
from doctor.core.report import Safety
from doctor.core.rule import Env
from doctor.rules.gpu.suited import torch_below_cuda, torch_for, vllm_below_cuda, vllm_for
from tests.facts import gpu, interpreter, judge, snapshot
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


def facts_of(given: Matrix | None = None, **changes: Any) -> Env:
    facts = machine(**changes)
    return Env(snapshot=snapshot(facts), matrix=given or matrix(), reads=frozenset(key.name for key in facts))


def with_wheels(*wheels: tuple[str, str, str]) -> Matrix:
    """Wheels of releases of vLLM, which pin torch 2.3 and 2.4: version, CUDA and architecture."""
    vllm = matrix().wheel_build("vllm", "0.5.5", "x86_64")
    assert vllm is not None
    rows = tuple(replace(vllm, version=version, cuda=cuda, architectures=(sm,)) for version, cuda, sm in wheels)
    return replace(matrix(), wheel_builds=(*rows, *(row for row in matrix().wheel_builds if row.package == "torch")))


@pytest.mark.parametrize(
    ("suited", "pin"),
    [
        ((), ""),
        (("0.4.3", "0.5.0", "0.5.1"), "vllm>=0.4.3,<0.6"),
        (("0.4.2", "0.4.3", "0.5.1"), "vllm>=0.5.1,<0.6"),
        (("0.4.2", "0.4.3"), "vllm>=0.4.2,<0.5"),
        (("0.6.1.post1",), "vllm>=0.6.1.post1"),
        (("0.6.0",), "vllm>=0.6.0,<0.6.1.post1"),
        (("0.4.2", "0.4.3", "0.5.0", "0.5.1", "0.6.0", "0.6.1.post1"), "vllm>=0.4.2"),
    ],
)
def test_the_last_releases_without_a_gap_that_have_code_for_the_gpu(suited: tuple[str, ...], pin: str) -> None:
    versions = ("0.4.2", "0.4.3", "0.5.0", "0.5.1", "0.6.0", "0.6.1.post1")
    wheels = with_wheels(*((item, "12.1", "sm_90" if item in suited else "sm_80") for item in versions))
    assert vllm_for(facts_of(wheels), (9, 0)) == pin


def test_builds_for_cuda_12_come_first_and_others_are_better_than_none() -> None:
    both = with_wheels(("0.5.1", "12.1", "sm_90"), ("0.6.0", "13.0", "sm_90"))
    only = with_wheels(("0.5.1", "12.1", "sm_80"), ("0.6.0", "13.0", "sm_90"))
    assert vllm_for(facts_of(both), (9, 0)) == "vllm>=0.5.1,<0.6"
    assert vllm_for(facts_of(only), (9, 0)) == "vllm>=0.6.0"
    assert vllm_for(facts_of(both), (9, 0), lambda row: False) == ""


@pytest.mark.parametrize(
    ("wheels", "pin"),
    [
        ((("0.5.1", "12.1"), ("0.6.0", "13.0"), ("0.6.1", "13.0")), "vllm<0.6"),
        ((("0.5.1", ""), ("0.6.0", "13.0")), "vllm<0.6"),
        ((("0.5.1", "12.1"),), ""),
        ((("0.6.0", "13.0"),), ""),
    ],
)
def test_the_releases_before_the_first_one_for_a_cuda(wheels: tuple[tuple[str, str], ...], pin: str) -> None:
    rows = with_wheels(*((version, cuda, "sm_90") for version, cuda in wheels))
    assert vllm_below_cuda(facts_of(rows), 13) == pin


@pytest.mark.parametrize(
    ("torch", "pin"),
    [
        ("2.6.0", "torch==2.6.0+cu118"),
        ("2.0.1", "torch==2.1.0+cu118"),
        ("99", "torch==2.15.0+cu126"),
        ("", "torch==2.15.0+cu126"),
    ],
)
def test_the_build_of_torch_for_a_gpu_is_of_the_release_that_is_there_or_the_nearest(torch: str, pin: str) -> None:
    """All of these have code for 8.0; of a torch of which nobody states the release it is the newest."""
    known = tuple(row for row in matrix().wheel_builds if Version(row.version) < Version("2.16"))
    assert torch_for(facts_of(replace(matrix(), wheel_builds=known)), torch, (8, 0)) == pin
    plain = tuple(row for row in known if "+" not in row.version)
    assert torch_for(facts_of(replace(matrix(), wheel_builds=plain)), torch, (8, 0)) == ""


@pytest.mark.parametrize(
    ("torch", "major", "pin"),
    [
        ("2.5.1", 13, "torch==2.5.1+cu124"),
        ("2.5.1+cu124", 13, "torch==2.5.1+cu124"),
        ("2.11.0", 12, ""),
        ("99", 13, ""),
    ],
)
def test_the_newest_build_of_a_torch_for_the_cuda_before(torch: str, major: int, pin: str) -> None:
    assert torch_below_cuda(facts_of(), torch, major, [(8, 0)]) == pin


def test_a_wheel_for_arm_is_judged_by_its_own_architectures() -> None:
    """The wheel of torch 2.11 for x86_64 has code for 7.5, the one for ARM begins at 8.0."""
    t4 = gpu(0, "NVIDIA T4G", "7.5")
    assert verdict_of("GPU004", machine(t4, torch="2.11.0+cu130", interpreter=ARM)).problems
    assert not verdict_of("GPU004", machine(t4, torch="2.11.0+cu130")).problems
