"""Sizes in the unit that fits."""

from __future__ import annotations

import pytest

from doctor.core.size import say_bytes


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (1023, "1023 B"),
        (1023.95 * 1024, "1.0 MiB"),
        (1024, "1.0 KiB"),
        (3_250_000, "3.1 MiB"),
        (1024**3 - 1, "1.00 GiB"),
        (16_060_522_496, "14.96 GiB"),
        (5 * 1024**4, "5.00 TiB"),
        (5 * 1024**5, "5120.00 TiB"),
    ],
)
def test_the_unit_fits(size, said):
    assert say_bytes(size) == said
