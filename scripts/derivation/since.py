"""What holds for single releases, written as what holds since which release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def table_of(values: Sequence[tuple[str, T]]) -> dict[str, T]:
    """The value of each release (oldest first) as those releases at which it changes."""
    table: dict[str, T] = {}
    last: list[T] = []
    for version, value in values:
        if last != [value]:
            table[version] = value
            last = [value]
    return table


def tables_of(releases: Sequence[tuple[str, Mapping[str, T]]]) -> dict[str, dict[str, T | None]]:
    """A table for each name that some release has a value for; None is where it has none, left out before the first."""
    found = {}
    for name in sorted({name for _, values in releases for name in values}):
        table = table_of([(version, values.get(name)) for version, values in releases])
        first, value = next(iter(table.items()))
        if value is None:
            del table[first]
        found[name] = table
    return found


def changes_of(releases: Sequence[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    """For each name the releases at which it comes, goes, comes again."""
    sets = [(version, frozenset(names)) for version, names in releases]
    found = {}
    for name in sorted({name for _, names in sets for name in names}):
        table = table_of([(version, name in names) for version, names in sets])
        found[name] = [version for version, there in table.items() if there or version != sets[0][0]]
    return found
