"""The heat map of a fleet: for each item in which nodes differ, which node has which value."""

from __future__ import annotations

import json
from typing import Any

from doctor.core.fleet.report import FleetReport, Indexes
from doctor.core.frozen import frozen
from doctor.formats.clean import clean
from doctor.formats.fleet.overview import OWN, Item, items_of
from doctor.formats.verdict import count

VALUES = 6
"""Values of an item that are written beside its picture; pointing at a node tells of the others."""

NAMES = 40
"""Characters of the names of nodes beside a value."""

NONE = -1
"""The place of a value of a node that was not judged."""


@frozen
class Value:
    """A value as it is written, the nodes that have it, and its mark in the picture."""

    mark: str
    state: str
    text: str
    nodes: str
    count: int


@frozen
class Row:
    """An item with its values, the most frequent first; `more` counts those that are not written out."""

    trait: str
    name: str
    values: tuple[Value, ...]
    more: int
    differs: bool


@frozen
class Heat:
    """What the page draws: rows in which nodes differ, those in which they do not, and the data for the script."""

    differing: tuple[Row, ...]
    same: tuple[Row, ...]
    data: str


def heat_of(report: FleetReport) -> Heat:
    """Make the heat map of a report: what each node has for itself is left out."""
    items = [item for item in items_of(report) if item.trait not in OWN]
    rows = [_row(report, item) for item in items]
    ordered = [(row, item) for row, item in zip(rows, items, strict=True) if row.differs]
    ordered.sort(key=lambda pair: -sum(len(nodes) for _, nodes in pair[1].shares[1:]))
    return Heat(
        differing=tuple(row for row, _ in ordered),
        same=tuple(row for row in rows if not row.differs),
        data=_data(report, [item for _, item in ordered]),
    )


def _row(report: FleetReport, item: Item) -> Row:
    values = tuple(
        Value(
            mark=mark_of(rank, cell.state),
            state=cell.state,
            text=cell.text if cell.known else str(cell),
            nodes=_who(report, nodes),
            count=len(nodes),
        )
        for rank, (cell, nodes) in enumerate(item.shares[:VALUES])
    )
    more = len(item.shares) - len(values)
    return Row(trait=item.trait, name=item.name, values=values, more=more, differs=item.differs)


def _who(report: FleetReport, nodes: Indexes) -> str:
    """Few nodes by name; of the most it is enough to know how many."""
    if 2 * len(nodes) > len(report.nodes):
        return count(len(nodes), "node")
    return f"{count(len(nodes), 'node')}: {report.names(nodes, NAMES)}"


def mark_of(rank: int, state: str) -> str:
    """The letter of a value: A for the most frequent, then B, C, ...; what is not there and not known have signs."""
    if state != "known":
        return "-" if state == "absent" else "?"
    return chr(ord("A") + rank) if rank < 26 else "Z"


def _data(report: FleetReport, items: list[Item]) -> str:
    """The data as JSON that can stand in a page: nothing in it ends the element."""
    data: dict[str, Any] = {
        "nodes": [[clean(node.name), node.role, node.state.value] for node in report.nodes],
        "rows": [
            {
                "trait": item.trait,
                "item": clean(item.name),
                "values": [[cell.state, clean(cell.text)] for cell, _ in item.shares],
                "of": _places(item, len(report.nodes)),
            }
            for item in items
        ],
    }
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c").replace("&", "\\u0026")


def _places(item: Item, nodes: int) -> list[int]:
    places = [NONE] * nodes
    for place, (_, indexes) in enumerate(item.shares):
        for index in indexes:
            places[index] = place
    return places
