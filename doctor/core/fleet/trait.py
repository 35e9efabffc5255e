"""Traits: what of a node is compared with other nodes, as short text.

A snapshot has hundreds of kilobytes and a fleet thousands of snapshots: no rule can hold them all. So
each snapshot is read once, as it arrives, into the readings of some traits, and let go. A reading maps
*items* (the names of distributions, of variables, of folders) to *cells*; nodes that are alike share
one reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from doctor.core.fact import Fact, Known, Unknown
from doctor.core.rule import Env, describe_gap
from doctor.core.snapshot import Key


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """What one node has of one item: a value, nothing, or what cannot be said.

    `state` is ``known``, ``absent`` or ``unknown``; `text` is the value, or why there is none.
    """

    state: Literal["known", "absent", "unknown"]
    text: str

    @property
    def known(self) -> bool:
        """Whether it is a value."""
        return self.state == "known"

    @property
    def unknown(self) -> bool:
        """Whether it could not be determined. Absent is knowledge, unknown is not."""
        return self.state == "unknown"

    def __str__(self) -> str:
        return {"known": self.text, "absent": "not there"}.get(self.state, f"unknown ({self.text})")


ABSENT = Cell("absent", "")
"""The cell of an item that a node does not have."""


def cell(value: object) -> Cell:
    """The cell of a plain value."""
    return Cell("known", str(value))


def cell_of(name: str, fact: Fact[Any], write: Callable[[Any], str] = str) -> Cell:
    """The cell of a fact inside a value; `write` turns the value into text."""
    if isinstance(fact, Known):
        return Cell("known", write(fact.value))
    return Cell("unknown", describe_gap(name, fact)) if isinstance(fact, Unknown) else ABSENT


Items = Iterator[tuple[str, Cell]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trait:
    """One thing that is compared: its name, the facts that it reads, and how it reads them.

    `read` is given a view of one node, and yields items with their cells. What it needs and is absent
    makes the whole reading absent; what it needs and is unknown, unknown.
    """

    name: str
    keys: tuple[Key[Any], ...]
    read: Callable[[Env], Items]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one node, or many that are alike, has of one trait.

    `whole` is the cell of every item where the trait could not be read or is not there at all.
    """

    items: tuple[tuple[str, Cell], ...] = ()
    whole: Cell | None = None
