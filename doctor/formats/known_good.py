"""Known-good sets for people: a list of them, and one in full."""

from __future__ import annotations

import datetime

from doctor.core.matrix import KnownGoodSet, Matrix
from doctor.formats.page import Page


def write_list(page: Page, matrix: Matrix, today: datetime.date) -> str:
    """Write each set with its title, its most telling pins, its platform and its proof."""
    page.line(f"matrix {matrix.version}: {len(matrix.sets)} known-good sets")
    for row in sorted(matrix.sets, key=lambda row: row.name):
        page.blank()
        page.line((row.name, "bold"))
        page.line(row.title, indent=2)
        page.items("pins", _pins(row))
        page.items("platform", _platform(row))
        page.items("basis", _proof(row, today))
    _write_releases(page, matrix)
    return page.text()


def _write_releases(page: Page, matrix: Matrix) -> None:
    """Write of which releases it is known what they declare and accept."""
    known = {name: matrix.releases.versions(name) for name in matrix.releases.packages()}
    if known:
        page.blank()
        page.line(("known releases", "bold"))
        spans = [f"{name} {versions[0]} to {versions[-1]}" for name, versions in known.items()]
        page.items("each of", spans)


def write_set(page: Page, row: KnownGoodSet, today: datetime.date) -> str:
    """Write one set: its pins, what it deviates from, and the runs that prove it."""
    page.line((row.name, "bold"))
    page.line(row.title, indent=2)
    page.items("platform", _platform(row))
    page.items("basis", _proof(row, today))
    if row.minimum_driver:
        page.items("driver", [f"{row.minimum_driver} or newer"])
    if row.capabilities:
        page.items("GPUs", [f"compute capability {row.capabilities[0]}", *row.capabilities[1:]])
    for title, pins in (("pins", row.pins), ("fits too, where it is wanted", row.alternatives)):
        _write_section(page, title, [f"{name}=={version}" for name, version in pins.items()])
    _write_section(
        page,
        "breaks on purpose",
        [f"{item.requirement} of {item.distribution}: {item.reason}" for item in row.deviations],
    )
    _write_section(page, "asked for beside", [f"{item.requirement}: {item.reason}" for item in row.mends])
    _write_section(page, "served by", [f"{item.set}: {item.reason}" for item in row.served_by])
    _write_evidence(page, row)
    _write_section(page, "sources", list(row.sources))
    return page.text()


def newest_run(row: KnownGoodSet) -> str:
    """The date of the newest run that proves a set, or ""."""
    return max((item.date for item in row.evidence), default="")


def _write_section(page: Page, title: str, lines: list[str]) -> None:
    if not lines:
        return
    page.blank()
    page.line((title, "bold"))
    for line in lines:
        page.line(line, indent=2, hang=2)


def _write_evidence(page: Page, row: KnownGoodSet) -> None:
    if not row.evidence:
        return
    page.blank()
    page.line(("proven by", "bold"))
    for item in row.evidence:
        page.line(f"{item.depth.value}, {item.date}, {item.host}", indent=2, hang=2)
        page.verbatim(f"$ {item.command}", "cyan", indent=4)
        page.line(item.result, indent=4)


def _pins(row: KnownGoodSet) -> list[str]:
    names = list(dict.fromkeys([row.anchor, *(name for name in row.bound if name in row.pins), "transformers"]))
    shown = [f"{name} {row.pins[name]}" for name in names if name in row.pins]
    rest = len(row.pins) - len(shown)
    return [*shown, f"and {rest} more"] if rest > 0 else shown


def _platform(row: KnownGoodSet) -> list[str]:
    parts = ["Linux", *row.machines]
    parts += [f"glibc {row.glibc}"] if row.glibc else []
    return [*parts, f"Python {row.python}", f"CUDA {row.cuda}" if row.cuda else "CPU"]


def _proof(row: KnownGoodSet, today: datetime.date) -> list[str]:
    parts = [row.basis.value, *([row.depth.value] if row.depth else [])]
    date = newest_run(row)
    return [*parts, f"{date} ({_age(date, today)})"] if date else parts


def _age(date: str, today: datetime.date) -> str:
    days = (today - datetime.date.fromisoformat(date)).days
    return "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"
