"""The matrix finds a release that somebody has written without its last zero."""

from __future__ import annotations

import pytest

from doctor.core.matrix import in_full
from doctor.matrix.load import load_matrix


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2.6", "2.6.0"),
        ("2.6+cu124", "2.6.0+cu124"),
        ("2.6.0", "2.6.0"),
        ("0.6.4.post1", "0.6.4.post1"),
        ("2.6rc1", "2.6rc1"),
        ("2026.9", "2026.9.0"),
        ("7", "7"),
        ("", ""),
    ],
)
def test_only_a_number_with_one_dot_gets_a_zero(written: str, meant: str) -> None:
    assert in_full(written) == meant


def test_releases_and_wheels_are_found_by_what_people_write() -> None:
    matrix = load_matrix()
    assert matrix.release("torch", "2.8") == matrix.release("torch", "2.8.0") is not None
    assert matrix.vllm_release("0.11") is not None
    assert matrix.transformers_release("4.57") is not None
    assert matrix.wheel_build("torch", "2.8") is matrix.wheel_build("torch", "2.8.0") is not None
    assert matrix.release("torch", "9.9") is None
