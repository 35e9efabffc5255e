"""The rows of files that were checked together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from doctor.core.matrix import Pair
from doctor.matrix.fault import Fault


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of files that were checked together, with what else these state.

    `digest` is that of the files' text, and of the files about releases that belong to them.
    """

    rows: tuple[Any, ...]
    newest: dict[str, str]
    updated: str
    digest: str
    faults: tuple[Fault, ...] = ()

    @property
    def pairs(self) -> list[Pair]:
        """The pairs among the rows."""
        return [row for row in self.rows if isinstance(row, Pair)]
