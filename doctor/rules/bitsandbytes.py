"""bitsandbytes, which brings a library for each CUDA version and loads one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from doctor.core.matrix import WheelBuild
from doctor.core.packages.extension import Extension
from doctor.core.packages.wheel_build import choose_library

NAME = "bitsandbytes"
_FILE = re.compile(r"libbitsandbytes_cuda(?P<major>\d{2})(?P<minor>\d)(_nocublaslt)?\.so$")


def cuda_of(path: str) -> str:
    """The CUDA version that a library of bitsandbytes is for, by its name; "" for other files."""
    match = _FILE.search(path)
    return f"{match['major']}.{match['minor']}" if match else ""


def libraries(found: Iterable[Extension], row: WheelBuild | None) -> set[str]:
    """The CUDA versions that there is a library for: as its files are named or, where none was read, by the wheel."""
    named = {cuda for item in found if item.distribution == NAME and (cuda := cuda_of(item.path))}
    return named or set(row.libraries if row else ())


def loaded(available: set[str], row: WheelBuild | None, cuda: str) -> str | None:
    """The CUDA version of the library that is loaded beside a torch built with `cuda`; "" for none.

    None where the release is not known, and with it whether it takes a near library.
    """
    if row is None:
        return choose_library(available, cuda, nearest=False) or None
    return choose_library(available, cuda, nearest=row.nearest)
