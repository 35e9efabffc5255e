"""The examples of breakages, read from their file."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

from doctor.core.breakage import Breakage
from doctor.core.matrix import Matrix
from doctor.matrix.load import load_matrix

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@cache
def matrix() -> Matrix:
    return load_matrix()


@cache
def examples() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(Path(__file__).parent.glob("*.toml")):
        found |= tomllib.loads(path.read_text())
    return found


def rows() -> dict[str, Breakage]:
    return {row.name: row for row in matrix().breakages}


def names(*, having: str = "") -> list[str]:
    """The names of the breakages, or of those whose field `having` is not empty."""
    return [name for name, row in rows().items() if not having or getattr(row, having)]
