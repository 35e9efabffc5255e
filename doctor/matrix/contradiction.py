"""Rows that contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from doctor.core.breakage import Breakage
from doctor.core.matrix import KnownGoodSet, Pair
from doctor.matrix.decode import did_you_mean
from doctor.matrix.kinds import key_of
from doctor.matrix.row import Row
from doctor.matrix.values import specifier_of, version_of


def find_contradictions(rows: Sequence[Row], pairs: Iterable[Pair] = ()) -> None:
    """Report in the rows' documents which of them repeat or contradict others.

    Two rows with one key are a mistake also where they agree: one of them would be forgotten
    at the next change. The pins of sets are judged by the pairs among the rows and by `pairs`,
    of which those that the rows replace do not count.
    """
    first: dict[tuple[str, ...], Row] = {}
    for row in rows:
        key = key_of(row.value)
        other = first.setdefault(key, row)
        if other is not row:
            place = other.document.fault(other.place, "")
            word = "repeats" if other.value == row.value else "contradicts"
            row.document.report(
                row.place, f"the row {' '.join(key[1:])} {word} {place.file}:{place.line}: expected one row for it"
            )
    known = {pair.name: pair for pair in pairs} | {
        row.value.name: row.value for row in rows if isinstance(row.value, Pair)
    }
    for row in rows:
        if isinstance(row.value, KnownGoodSet):
            _judge_pins(row, known.values())
        if isinstance(row.value, Breakage):
            _judge_names(row, known)


def _judge_names(row: Row, pairs: Mapping[str, Pair]) -> None:
    for number, name in enumerate(row.value.pairs):
        if name not in pairs:
            near = did_you_mean(name, pairs)
            row.document.report((*row.place, "pairs", number), f"pairs: there is no pair {name!r}{near}")


def _judge_pins(row: Row, pairs: Iterable[Pair]) -> None:
    known_good: KnownGoodSet = row.value
    for table, names in (("pins", known_good.pins), ("alternatives", known_good.alternatives)):
        for name, text in names.items():
            for pair in pairs:
                if pair.package == name and (known_good.cuda or not pair.builds):
                    _judge_pair(row, (table, name), text, pair)


def _judge_pair(row: Row, pin: tuple[str, str], text: str, pair: Pair) -> None:
    table, name = pin
    known_good: KnownGoodSet = row.value
    version = version_of(text)
    partner = version_of({**known_good.alternatives, **known_good.pins}.get(pair.partner, ""))
    if version is None or partner is None:
        return
    for versions, needed in pair.needs.items():
        matched, allowed = specifier_of(versions), specifier_of(needed)
        if matched is None or allowed is None or not matched.contains(version, prereleases=True):
            continue
        if not allowed.contains(partner, prereleases=True):
            row.document.report(
                (*row.place, table, name),
                f"the set {known_good.name} contradicts itself: {name} {text} needs {pair.partner} {needed} "
                f"(pair {pair.name!r}), and the set has {partner}",
            )
