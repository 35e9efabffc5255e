"""CUDA versions, the drivers that they run on, and NVIDIA's package for forward compatibility."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.machine.gpu import Gpu
from doctor.rules.gpu.drivers import number
from tests.facts import driver, gpu, unknown
from tests.rules.gpu.machines import A100, NOT_STATED, machine, verdict_of

NAMELESS = dataclasses.replace(gpu(0), name=unknown())
PROFESSIONAL = "on data-centre GPUs and some professional ones, not on GeForce, NVIDIA's package"
LISTED = "with drivers of the branches 535, 550, 565, 570, 575; install"


@pytest.mark.parametrize(("version", "found"), [("12.4", (12, 4)), ("12.4.99", (12, 4)), ("13", (13,)), ("", ())])
def test_of_a_cuda_version_major_and_minor_count(version: str, found: tuple[int, ...]) -> None:
    assert number(version) == found


@pytest.mark.parametrize(
    ("device", "torch", "version", "said"),
    [
        (A100, "cu130", "535.104.05", f"on these GPUs NVIDIA's package cuda-compat-13-0 runs CUDA 13.0 {LISTED}"),
        (A100, "cu130", "", f"on these GPUs NVIDIA's package cuda-compat-13-0 runs CUDA 13.0 {LISTED}"),
        (A100, "cu134", "570.26", "on these GPUs NVIDIA's package cuda-compat-13-4 runs CUDA 13.4; install"),
        (gpu(0, "NVIDIA RTX A6000", "8.6"), "cu130", "535.104.05", f"{PROFESSIONAL} cuda-compat-13-0"),
        (NAMELESS, "cu130", "535.104.05", f"{PROFESSIONAL} cuda-compat-13-0"),
    ],
)
def test_which_driver_may_be_kept_and_on_which_gpus(device: Gpu, torch: str, version: str, said: str) -> None:
    stated = driver(version, "")
    if not version:
        stated = dataclasses.replace(driver("", "12.2"), version=NOT_STATED, kernel_module=NOT_STATED)
    (problem,) = verdict_of("GPU001", machine(device, torch=f"2.11.0+{torch}", driver=stated)).problems
    (text,) = [remedy.text for remedy in problem.remedies if "cuda-compat" in remedy.text]
    assert said in text


def test_the_row_of_the_cuda_version_is_evidence() -> None:
    outcome = verdict_of("GPU001", machine(A100, torch="2.11.0+cu130", driver=driver("535.104.05", "")))
    assert "cuda 13.0" in [item.key for item in outcome.evidence]
