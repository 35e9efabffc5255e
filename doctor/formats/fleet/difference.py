"""In what two nodes differ: as text for people, and as types for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

import msgspec
from msgspec import Struct

from doctor.core.fleet.report import FleetReport, Indexes
from doctor.core.fleet.trait import ABSENT, Cell, Reading
from doctor.core.frozen import frozen
from doctor.formats.fleet.overview import OWN
from doctor.formats.json import dump
from doctor.formats.look import Look
from doctor.formats.page import Page
from doctor.formats.verdict import count

SCHEMA_VERSION = 1


@frozen
class Pair:
    """What the first and the second node have of one item."""

    trait: str
    item: str
    left: Cell
    right: Cell

    @property
    def known(self) -> bool:
        """Whether both can be said."""
        return not (self.left.unknown or self.right.unknown)

    @property
    def differs(self) -> bool:
        """Whether they are known not to be the same."""
        return self.known and self.left != self.right


class DifferencePair(Struct, frozen=True, kw_only=True):
    """One item; a null is not there, and `unknown` says which of the two could not be read, and why."""

    trait: str
    item: str
    left: str | None
    right: str | None
    unknown: list[str]


class Difference(Struct, frozen=True, kw_only=True):
    """What `doctor fleet diff --format json` writes."""

    schema_version: int
    left: str
    right: str
    same: int
    differences: list[DifferencePair]
    undetermined: list[DifferencePair]


def pairs_of(report: FleetReport) -> Iterator[Pair]:
    """Every item of the two nodes of a report, but for the traits in which each is itself."""
    for trait, column in report.readings.items():
        if trait in OWN:
            continue
        sides = [_side(column, index) for index in (0, 1)]
        for item in sorted({name for cells, _ in sides for name in cells} or {trait}):
            left, right = (_plain(cells.get(item, whole)) for cells, whole in sides)
            yield Pair(trait=trait, item=item, left=left, right=right)


def _side(column: Mapping[Reading, Indexes], index: int) -> tuple[dict[str, Cell], Cell]:
    reading = next(reading for reading, nodes in column.items() if index in nodes)
    return dict(reading.items), reading.whole or ABSENT


def _plain(cell: Cell) -> Cell:
    """Nothing is nothing, whatever the reason."""
    return ABSENT if cell.state == "absent" else cell


def exit_code(report: FleetReport) -> int:
    """0 the same, 1 something differs, 3 nothing does, but something could not be read."""
    pairs = list(pairs_of(report))
    if any(pair.differs for pair in pairs):
        return 1
    return 0 if all(pair.known for pair in pairs) else 3


def render_json(report: FleetReport) -> str:
    """Write the differences as JSON."""
    pairs = list(pairs_of(report))
    return dump(
        msgspec.to_builtins(
            Difference(
                schema_version=SCHEMA_VERSION,
                left=report.nodes[0].name,
                right=report.nodes[1].name,
                same=sum(pair.known and not pair.differs for pair in pairs),
                differences=[_wire(pair) for pair in pairs if pair.differs],
                undetermined=[_wire(pair) for pair in pairs if not pair.known],
            )
        )
    )


def _wire(pair: Pair) -> DifferencePair:
    sides = {"left": pair.left, "right": pair.right}
    left, right = (cell.text if cell.known else None for cell in sides.values())
    unknown = [f"{side}: {cell.text}" for side, cell in sides.items() if cell.unknown]
    return DifferencePair(trait=pair.trait, item=pair.item, left=left, right=right, unknown=unknown)


def render_text(report: FleetReport, look: Look) -> str:
    """Write the differences as text: a line for each item that differs, under its trait."""
    page, pairs = Page(look), list(pairs_of(report))
    left, right = report.nodes[0].name, report.nodes[1].name
    differing, unknown = [pair for pair in pairs if pair.differs], [pair for pair in pairs if not pair.known]
    page.line((f"- {left}", "bold red"), "   ", (f"+ {right}", "bold green"))
    page.blank()
    for trait, group in groupby(differing, key=lambda pair: pair.trait):
        page.line((trait, "bold"))
        for pair in group:
            page.line(pair.item, indent=2, hang=2)
            page.line((f"- {pair.left}", "red"), indent=4, hang=2)
            page.line((f"+ {pair.right}", "green"), indent=4, hang=2)
        page.blank()
    for pair in unknown:
        why = "; ".join(_wire(pair).unknown)
        page.line((f"{page.look.mark('?', '?')} {pair.trait}: {pair.item}", "bold magenta"), f": {why}", hang=2)
    if unknown:
        page.blank()
    same = sum(pair.known and not pair.differs for pair in pairs)
    beside = f", {len(unknown)} could not be compared" if unknown else ""
    page.line(f"{count(len(differing), 'difference')}, {same} the same{beside}")
    return page.text()
