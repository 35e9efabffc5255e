"""What is wrong with rows that are valid each by itself: contradictory, shadowed, empty, stale."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.version import Version

from doctor.core.breakage import ABSENT, Breakage, Circumstance
from doctor.core.matrix import KnownGoodSet, Pair
from doctor.core.report import Severity
from doctor.matrix.algebra import is_disjoint, is_empty, is_within
from doctor.matrix.fault import Fault
from doctor.matrix.lint_hardware import Found, lint_hardware
from doctor.matrix.locate import Place
from doctor.matrix.pattern import fault_of
from doctor.matrix.releases import ShippedReleases
from doctor.matrix.row import Row
from doctor.matrix.values import plain_specifier, specifier_of, version_of

EVIDENCE_DAYS = 365
"""Days after which a run proves little: indexes lose releases, and drivers and systems move on."""

_SPECIFIERS = ("python", "glibc", "driver", "driver_cuda", "torch_cuda", "capability", "gpus")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Remark:
    """One thing that is wrong with a row: where, how grave, of which kind (``shadowed``), and what."""

    fault: Fault
    severity: Severity
    kind: str


def lint_rows(
    rows: Sequence[Row], newest: dict[str, str], today: datetime.date, releases: ShippedReleases
) -> list[Remark]:
    """Every remark on rows that belong together; `newest` are the newest releases they know.

    `releases` are the lists of releases beside them.
    """
    checks: tuple[Callable[[], Found], ...] = (
        lambda: _empty_ranges(rows),
        lambda: _within_pairs(rows),
        lambda: _between_pairs(rows),
        lambda: _circumstances(rows),
        lambda: _sets_that_break(rows),
        lambda: _patterns(rows),
        lambda: _stale(rows, newest, today),
        lambda: lint_hardware(rows, newest, releases),
    )
    found = itertools.chain.from_iterable(check() for check in checks)
    return sorted(
        Remark(fault=row.document.fault((*row.place, *place), message), severity=severity, kind=kind)
        for row, place, severity, kind, message in found
    )


def _empty_ranges(rows: Sequence[Row]) -> Found:
    for row in rows:
        for place, specifier in _specifiers(row.value):
            if is_empty(specifier):
                yield row, place, Severity.ERROR, "unsatisfiable", f"no version satisfies {specifier!r}"


def _specifiers(value: Any) -> Iterator[tuple[Place, str]]:
    """The specifiers of a row, each with its place in it."""
    if isinstance(value, Pair):
        for versions, needed in value.needs.items():
            yield ("needs", versions), versions
            yield ("needs", versions), needed
    elif isinstance(value, KnownGoodSet):
        yield ("python",), value.python
        yield ("glibc",), value.glibc
    elif isinstance(value, Breakage):
        for number, circumstance in enumerate(value.when):
            for name in _SPECIFIERS:
                yield ("when", number, name), getattr(circumstance, name)
            for name, versions in circumstance.packages.items():
                if versions != ABSENT:
                    yield ("when", number, "packages", name), plain_specifier(versions)


def _within_pairs(rows: Sequence[Row]) -> Found:
    """The first entry of `needs` that speaks of a version counts: what comes after it for nothing?"""
    for row in rows:
        entries = list(row.value.needs.items()) if isinstance(row.value, Pair) else []
        for number, (versions, needed) in enumerate(entries):
            place = ("needs", versions)
            earlier = entries[:number]
            if is_empty(versions) or is_empty(needed):
                continue  # told already
            if is_within(versions, [other for other, _ in earlier]):
                yield (
                    row,
                    place,
                    Severity.WARNING,
                    "shadowed",
                    f"entries before it speak of every version in {versions}",
                )
                continue
            for other, other_needed in earlier:
                if not is_disjoint(versions, other):
                    kind = "contradictory" if is_disjoint(needed, other_needed) else "overlapping"
                    grave = Severity.ERROR if kind == "contradictory" else Severity.WARNING
                    yield row, place, grave, kind, f"{versions} needs {needed}, and {other} before it {other_needed}"


def _between_pairs(rows: Sequence[Row]) -> Found:
    pairs = [row for row in rows if isinstance(row.value, Pair)]
    for first, second in itertools.combinations(pairs, 2):
        one, other = first.value, second.value
        if (one.package, one.partner) != (other.package, other.partner):
            continue
        for (versions, needed), (others, others_needed) in itertools.product(one.needs.items(), other.needs.items()):
            if not is_disjoint(versions, others) and is_disjoint(needed, others_needed):
                message = f"no {one.partner} suits {one.package} {others}: {others_needed} here, {needed} in {one.name}"
                yield second, ("needs", others), Severity.ERROR, "contradictory", message


def _circumstances(rows: Sequence[Row]) -> Found:
    for row in rows:
        if not isinstance(row.value, Breakage):
            continue
        when = row.value.when
        for number, other in itertools.permutations(range(len(when)), 2):
            equal = when[number] == when[other]
            if _implies(when[number], when[other]) and (number > other or not equal):
                message = f"circumstances {other + 1} hold wherever these do"
                yield row, ("when", number), Severity.WARNING, "shadowed", message


def _implies(narrow: Circumstance, wide: Circumstance) -> bool:
    """Whether one circumstance can hold only where another does."""
    for name in _SPECIFIERS:
        if getattr(wide, name) and not (
            getattr(narrow, name) and is_within(getattr(narrow, name), [getattr(wide, name)])
        ):
            return False
    for field in dataclasses.fields(Circumstance):
        wanted = getattr(wide, field.name)
        if field.name in ("machines", "wsl") and wanted not in ((), None) and getattr(narrow, field.name) != wanted:
            return False
    if any(narrow.variables.get(name) != value for name, value in wide.variables.items()):
        return False
    return all(_narrows(narrow.packages.get(name), versions) for name, versions in wide.packages.items())


def _narrows(narrow: str | None, wide: str) -> bool:
    if narrow is None or narrow == wide:
        return narrow == wide
    # Labels and names of others mean more than the range beside them.
    if any(text == ABSENT or "+" in text or "{" in text for text in (narrow, wide)):
        return False
    return is_within(narrow, [wide])


def _sets_that_break(rows: Sequence[Row]) -> Found:
    """A set that was proven to work, and a breakage that says that it cannot."""
    breakages = [row for row in rows if isinstance(row.value, Breakage) and row.value.predictable]
    for row in rows:
        if not isinstance(row.value, KnownGoodSet):
            continue
        for other in breakages:
            for circumstance in other.value.when:
                if _is_of_packages(circumstance) and _pins_meet(row.value, circumstance):
                    message = f"the pins of {row.value.name} are what {other.value.name} says to break"
                    yield row, ("pins",), Severity.ERROR, "contradictory", message


def _is_of_packages(circumstance: Circumstance) -> bool:
    return circumstance == Circumstance(packages=circumstance.packages)


def _pins_meet(chosen: KnownGoodSet, circumstance: Circumstance) -> bool:
    for name, versions in circumstance.packages.items():
        pin, specifier = version_of(chosen.pins.get(name, "")), specifier_of(versions)
        if versions == ABSENT or pin is None or specifier is None or not specifier.contains(pin, prereleases=True):
            return False  # what the set does not pin, or what compares with others, is not known here
    return bool(circumstance.packages)


def _patterns(rows: Sequence[Row]) -> Found:
    """Patterns that cannot be searched for, and those that two breakages have in common."""
    owners: dict[str, Row] = {}
    for row in rows:
        patterns = row.value.symptoms if isinstance(row.value, Breakage) else ()
        for number, pattern in enumerate(patterns):
            place = ("symptoms", number)
            fault = fault_of(pattern)
            if fault:
                yield (
                    row,
                    place,
                    Severity.ERROR,
                    "unsafe-pattern",
                    f"expected a pattern for an error text, found {fault}",
                )
            other = owners.setdefault(pattern, row)
            if other is not row and other.value.general == row.value.general:
                message = f"{other.value.name} fails with the same words: which of both it is nobody can tell"
                yield row, place, Severity.WARNING, "ambiguous", message


def _stale(rows: Sequence[Row], newest: dict[str, str], today: datetime.date) -> Found:
    for row in rows:
        if isinstance(row.value, Breakage) and row.value.until and not row.value.supply_chain:
            if row.value.until < today.isoformat():
                yield row, ("until",), Severity.INFO, "stale", f"it ended on {row.value.until}"
        elif isinstance(row.value, KnownGoodSet):
            yield from _old_evidence(row, today)
        elif isinstance(row.value, Pair):
            yield from _behind_newest(row, newest)


def _old_evidence(row: Row, today: datetime.date) -> Found:
    days = [datetime.date.fromisoformat(item.date) for item in row.value.evidence]
    if days and (today - max(days)).days > EVIDENCE_DAYS:
        message = f"its newest run is of {max(days)}, more than {EVIDENCE_DAYS} days ago: prove it again"
        yield row, ("evidence", len(days) - 1), Severity.INFO, "stale", message


def _behind_newest(row: Row, newest: dict[str, str]) -> Found:
    """A table that lists each release, and leaves the newest ones out."""
    pair = row.value
    exact = [version_of(text.removeprefix("==")) for text in pair.needs if text.startswith("==")]
    known = [version for version in exact if version is not None]
    last = newest.get(pair.package)
    if last and len(known) == len(pair.needs) > 1 and max(known) < Version(last):
        message = f"the newest {pair.package} it speaks of is {max(known)}, and there is {last}"
        yield row, ("needs",), Severity.INFO, "stale", message
