from __future__ import annotations

import dataclasses

import pytest

from doctor.core.machine.gpu import Driver, Gpu
from doctor.core.report import Severity, Verdict
from tests.facts import driver, gpu, known, unknown
from tests.rules.gpu.machines import A100, NOT_STATED, RTX_4090, machine, verdict_of, without_gpu

CODE = "GPU019"
A6000 = gpu(0, "NVIDIA RTX A6000", "8.6")
ORIN = gpu(0, "Orin", "8.7")


@pytest.mark.parametrize(
    ("device", "version", "cuda", "severity"),
    [
        (RTX_4090, "550.54.14", "13.0", Severity.ERROR),
        (RTX_4090, "535.104.05", "12.8", Severity.ERROR),
        (A100, "525.60.13", "13.0", Severity.WARNING),
    ],
)
def test_a_libcuda_that_the_gpu_or_the_branch_does_not_take(device: Gpu, version: str, cuda: str, severity) -> None:
    outcome = verdict_of(CODE, machine(device, driver=driver(version, cuda)))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is severity
    assert version in problem.message and f"CUDA {cuda}" in problem.message
    assert any("compat" in remedy.text for remedy in problem.remedies)


@pytest.mark.parametrize(
    ("device", "version", "cuda"),
    [
        (A100, "535.104.05", "13.0"),  # one of the branches that NVIDIA's image of CUDA 13.0 lists
        (A100, "535.104.05", "13.3"),  # of which no list of branches is known
        (ORIN, "540.4.0", "13.0"),  # a Jetson has packages of its own
        (RTX_4090, "550.54.14", "12.4"),  # its own libcuda
        (RTX_4090, "550.40.07", "12.4"),  # a beta of that branch, before the first toolkit
        (RTX_4090, "565.57.01", "12.7"),  # there was no toolkit 12.7
        (RTX_4090, "620.70.06", "13.9"),  # newer than all rows, and so is no row's libcuda
    ],
)
def test_the_drivers_own_libcuda_and_a_supported_package_are_sound(device: Gpu, version: str, cuda: str) -> None:
    assert verdict_of(CODE, machine(device, driver=driver(version, cuda))).verdict is Verdict.HEALTHY


def test_of_professional_gpus_and_unknown_ones_it_is_left_open() -> None:
    unheard = gpu(0, "NVIDIA X9000", "8.6")
    for device in (A6000, unheard):
        outcome = verdict_of(CODE, machine(device, driver=driver("535.104.05", "13.0")))
        assert outcome.verdict is Verdict.UNKNOWN
        assert "forward compatibility" in outcome.reasons[0]


def test_of_several_gpus_the_one_that_cannot_is_named() -> None:
    outcome = verdict_of(CODE, machine(A100, gpu(1, "NVIDIA GeForce RTX 3090", "8.6"), driver=driver("535.1", "13.0")))
    assert [problem.subject for problem in outcome.problems] == ["GPU 1"]


def test_the_cuda_of_libcuda_and_the_model_are_evidence() -> None:
    found = verdict_of(CODE, machine(RTX_4090, driver=driver("550.54.14", "13.0")))
    evidence = [item.key for item in found.evidence]
    assert "cuda 13.0" in evidence and any(key.startswith("gpu ") and "4090" in key for key in evidence)


@pytest.mark.parametrize(("version", "cuda"), [("535.104.05", "1.0"), ("535.104.05", "odd"), ("odd", "12.4")])
def test_what_the_matrix_cannot_tell_of_is_undetermined(version: str, cuda: str) -> None:
    found = verdict_of(CODE, machine(A100, driver=driver(version, cuda)))
    assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())
    assert found.reasons[0].startswith(f"driver {version} with a libcuda for CUDA {cuda}: ")


def test_a_gpu_without_a_known_name_is_left_open() -> None:
    nameless = dataclasses.replace(A100, name=unknown())
    assert verdict_of(CODE, machine(nameless, driver=driver("535.104.05", "13.0"))).verdict is Verdict.UNKNOWN


def test_without_a_torch_for_cuda_it_does_not_apply() -> None:
    stated = machine(A100, torch="2.9.0+cpu", driver=driver("525.60.13", "13.0"))
    assert verdict_of(CODE, stated).verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("key", ["version", "cuda"])
def test_of_a_driver_both_must_be_stated(key: str) -> None:
    """Here the kernel module is, so that it is not a text."""
    stated = dataclasses.replace(driver("525.60.13", "13.0"), **{key: NOT_STATED})
    assert verdict_of(CODE, machine(A100, driver=stated)).verdict is Verdict.NOT_APPLICABLE


def test_what_is_not_known_is_not_sound() -> None:
    broken = unknown()
    for changed in (
        Driver(version=broken, cuda=known("13.0"), kernel_module=known("535.1")),
        Driver(version=known("535.1"), cuda=broken, kernel_module=known("535.1")),
        Driver(version=known("new"), cuda=known("13.0"), kernel_module=broken),
    ):
        assert verdict_of(CODE, machine(driver=changed)).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_where_a_text_states_only_one_of_both() -> None:
    only = Driver(version=known("535.1"), cuda=NOT_STATED, kernel_module=NOT_STATED)
    assert verdict_of(CODE, machine(driver=only)).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE


def test_a_text_in_which_torch_has_started_says_nothing_of_a_package() -> None:
    """Is CUDA available: True, with driver 535 and CUDA 12.4, is minor-version compatibility."""
    stated = Driver(version=known("535.230.02"), cuda=known("12.4"), kernel_module=NOT_STATED)
    assert verdict_of(CODE, machine(RTX_4090, driver=stated)).verdict is Verdict.NOT_APPLICABLE
