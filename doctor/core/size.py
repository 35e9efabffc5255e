"""Sizes of memory and files in words."""

from __future__ import annotations

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def say_bytes(size: float) -> str:
    """A number of bytes in the unit that fits: ``512 B``, ``3.1 MiB``, ``14.96 GiB``."""
    unit = 0
    while size >= 1023.95 and unit < len(_UNITS) - 1:  # 1024.0 MiB are 1.00 GiB
        size /= 1024
        unit += 1
    digits = (0, 1, 1, 2, 2)[unit]
    return f"{size:.{digits}f} {_UNITS[unit]}"
