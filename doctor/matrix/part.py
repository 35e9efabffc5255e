"""The rows of files that were checked together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from doctor.core.frozen import frozen
from doctor.core.matrix import Pair

if TYPE_CHECKING:
    # At run time only files that are checked have faults.
    from doctor.matrix.fault import Fault


@frozen
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
