"""Which CUDA compiles for which GPUs, as the shipped rows say."""

from __future__ import annotations

import pytest

from doctor.core.basis import Basis
from doctor.core.machine.generation import Generation
from doctor.core.matrix import Matrix
from doctor.matrix.load import load_matrix


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return load_matrix()


@pytest.mark.parametrize(
    ("capability", "first", "last"),
    [
        ((3, 7), "7.0", "11.8"),
        ((6, 1), "8.0", "12.9"),
        ((7, 0), "9.0", "12.9"),
        ((7, 5), "10.0", ""),
        ((8, 6), "11.0", ""),
        ((9, 0), "11.8", ""),
        ((10, 3), "12.8", ""),
        ((10, 7), "12.8", ""),
        ((11, 0), "13.0", ""),
        ((12, 1), "12.8", ""),
    ],
)
def test_the_first_and_the_last_cuda_that_compile_for_a_gpu(
    matrix: Matrix, capability: tuple[int, int], first: str, last: str
) -> None:
    generation = matrix.generation(capability)
    assert generation is not None
    assert (generation.first_cuda, generation.last_cuda) == (first, last)


def test_of_gpus_that_are_not_out_yet_nothing_is_known(matrix: Matrix) -> None:
    assert matrix.generation((13, 0)) is None
    assert matrix.generation((2, 0)) is None


@pytest.mark.parametrize(
    ("least", "below", "capability", "held"),
    [
        ("8.0", "8.9", (8, 0), True),
        ("8.0", "8.9", (8, 9), False),
        ("8.0", "8.9", (7, 5), False),
        ("12.0", "", (12, 1), True),
        ("odd", "", (12, 1), False),
    ],
)
def test_a_generation_reaches_to_the_next_one(least: str, below: str, capability: tuple[int, int], held: bool) -> None:
    row = Generation(name="g", capability=least, below=below, first_cuda="11.0", basis=Basis.REPORTED, sources=())
    assert row.holds(capability) is held
