"""GPU018: the driver that a base image asks for."""

from __future__ import annotations

import pytest

from doctor.core.fact import Reason
from doctor.core.machine.gpu import DRIVER, GPUS, Driver
from doctor.core.reading import READING, BaseImage, Reading
from doctor.core.report import Outcome, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import gpu, judge, known, unknown

MATRIX = load_matrix()
UNSTATED = unknown(Reason.NOT_STATED)


def outcome(version: str, *, cuda: str = "", image: str = "12.4", demands: bool = True, name: str = "") -> Outcome:
    """What is said of a driver and an image; names of several GPUs stand with a comma between them."""
    base = BaseImage(name="nvidia/cuda:tag", file="Dockerfile", line=2, cuda=image, demands=demands)
    driver = Driver(version=known(version), cuda=known(cuda) if cuda else UNSTATED, kernel_module=UNSTATED)
    gpus = tuple(gpu(name=item) for item in name.split(", ")) if name else UNSTATED
    return judge("GPU018", {READING: Reading(form="Dockerfile", image=base), DRIVER: driver, GPUS: gpus}, MATRIX)


@pytest.mark.parametrize(
    ("version", "cuda", "verdict"),
    [
        ("550.54.15", "", Verdict.HEALTHY),
        ("535.104.05", "", Verdict.PROBLEM),
        ("535.104.05", "12.2", Verdict.PROBLEM),
        # A forward-compatibility package: libcuda supports more than the driver came with.
        ("535.104.05", "12.4", Verdict.HEALTHY),
        ("new", "", Verdict.UNKNOWN),
        ("550", "", Verdict.UNKNOWN),  # the branch, in which the wanted one is
    ],
)
def test_the_driver_is_held_against_the_cuda_of_the_image(version: str, cuda: str, verdict: Verdict) -> None:
    assert outcome(version, cuda=cuda).verdict is verdict


def test_where_no_gpu_is_listed_nothing_is_excepted() -> None:
    base = BaseImage(name="nvidia/cuda:tag", file="Dockerfile", line=2, cuda="12.4", demands=True)
    stated = Driver(version=known("535.104.05"), cuda=UNSTATED, kernel_module=UNSTATED)
    facts = {READING: Reading(form="Dockerfile", image=base), DRIVER: stated, GPUS: ()}
    assert judge("GPU018", facts, MATRIX).verdict is Verdict.PROBLEM


def test_the_problem_names_both_and_the_line() -> None:
    problem = outcome("535.104.05").problems[0]
    assert "550.54.14" in problem.message and "535.104.05" in problem.message and "refuses to start" in problem.message
    assert problem.location is not None and problem.location.line == 2
    assert "CUDA of the driver" in [item.key for item in outcome("535.104.05", cuda="12.2").evidence]


@pytest.mark.parametrize(
    ("name", "version", "verdict"),
    [
        ("NVIDIA A100-SXM4-80GB", "535.104.05", Verdict.HEALTHY),
        ("NVIDIA RTX A6000", "570.86.10", Verdict.HEALTHY),
        ("NVIDIA A100-SXM4-80GB, NVIDIA RTX A6000", "535.104.05", Verdict.HEALTHY),
        ("NVIDIA A100-SXM4-80GB, NVIDIA GeForce RTX 4090", "535.104.05", Verdict.PROBLEM),
        ("NVIDIA A100-SXM4-80GB", "560.35.03", Verdict.PROBLEM),
        ("NVIDIA GeForce RTX 4090", "535.104.05", Verdict.PROBLEM),
        ("NVIDIA X9000", "535.104.05", Verdict.PROBLEM),
    ],
)
def test_the_image_excepts_some_branches_of_the_driver_but_not_for_geforce(name: str, version: str, verdict) -> None:
    """NVIDIA_REQUIRE_CUDA of nvidia/cuda:13.0.2 lists 535, 550, 565, 570 and 575 for other brands."""
    assert outcome(version, image="13.0", name=name).verdict is verdict


def test_an_image_that_asks_for_none() -> None:
    assert outcome("470.57.02", demands=False).verdict is Verdict.NOT_APPLICABLE


def test_a_cuda_that_the_matrix_does_not_know() -> None:
    assert outcome("550.54.15", image="99.1").verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("version", "verdict"), [("550.54.15", Verdict.UNKNOWN), ("535.104.05", Verdict.PROBLEM)])
def test_where_the_driver_did_not_say_its_cuda_its_version_may_show_too_little(version: str, verdict: Verdict) -> None:
    """A forward-compatibility package could only raise what a driver supports, but was not seen."""
    base = BaseImage(name="nvidia/cuda:tag", file="Dockerfile", line=2, cuda="12.4", demands=True)
    driver = Driver(version=known(version), cuda=unknown(), kernel_module=UNSTATED)
    facts = {READING: Reading(form="Dockerfile", image=base), DRIVER: driver}
    assert judge("GPU018", facts, MATRIX).verdict is verdict


def test_a_driver_of_which_nothing_is_stated() -> None:
    base = BaseImage(name="nvidia/cuda:tag", file="Dockerfile", line=2, cuda="12.4", demands=True)
    driver = Driver(version=UNSTATED, cuda=UNSTATED, kernel_module=UNSTATED)
    facts = {READING: Reading(form="Dockerfile", image=base), DRIVER: driver}
    assert judge("GPU018", facts, MATRIX).verdict is Verdict.UNKNOWN
