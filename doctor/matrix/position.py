"""A release among those of its package, and what of since-tables holds there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from doctor.core.errors import MatrixError

T = TypeVar("T")


class Position:
    """A release among all of its package: what of since-tables holds there."""

    def __init__(self, order: Mapping[str, int], version: str) -> None:
        self._order = order
        self._here = order[version]

    def is_since(self, since: str) -> bool:
        """Whether this release is `since` or a later one.

        Raises:
            MatrixError: there is no such release.
        """
        if since not in self._order:
            raise MatrixError(f"the matrix that ships with doctor names the release {since}, which it does not know")
        return self._order[since] <= self._here

    def value(self, table: Mapping[str, T]) -> T | None:
        """The value of the last release of a table that is not after this one; None before the first."""
        found = None
        for since, value in table.items():
            if not self.is_since(since):
                break
            found = value
        return found

    def is_on(self, changes: list[str]) -> bool:
        """Whether what comes and goes at these releases is there."""
        return sum(map(self.is_since, changes)) % 2 == 1

    def names(self, tables: Mapping[str, list[str]]) -> frozenset[str]:
        """The names that are there."""
        return frozenset(name for name, changes in tables.items() if self.is_on(changes))

    def values(self, tables: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """The names that have a value, with it."""
        return {name: value for name, table in tables.items() if (value := self.value(table)) is not None}
