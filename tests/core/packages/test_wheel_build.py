"""Which of the libraries of bitsandbytes is loaded beside a torch."""

from __future__ import annotations

import pytest

from doctor.core.packages.wheel_build import choose_library


@pytest.mark.parametrize(
    ("cuda", "nearest", "chosen"),
    [
        ("12.4", False, "12.4"),
        ("12.4.1", True, "12.4"),
        ("12.5", False, ""),
        ("12.5", True, "12.4"),
        ("12.10", True, "12.8"),
        ("12.0", True, "12.1"),
        ("13.0", True, ""),
    ],
    ids=["exact", "patch release", "no other", "older", "numbers, not words", "newer where none is older", "major"],
)
def test_exactly_that_of_torch_else_the_nearest_minor(cuda: str, nearest: bool, chosen: str) -> None:
    assert choose_library(("12.8", "12.1", "12.4", "11.8"), cuda, nearest=nearest) == chosen
