"""Breakages explained, and listed, for people."""

from __future__ import annotations

from collections.abc import Iterable

from doctor.core.breakage import ABSENT, Breakage, Circumstance
from doctor.formats.clean import quote
from doctor.formats.page import Page
from doctor.formats.topics import STYLES

_NAMES = {
    "python": "Python",
    "driver": "driver",
    "driver_cuda": "CUDA of the driver",
    "torch_cuda": "CUDA of torch",
    "capability": "compute capability",
    "gpus": "number of GPUs",
    "glibc": "glibc",
}


def write_breakage(page: Page, row: Breakage) -> str:
    """Write one breakage: what happens when, how it shows, what mends it, where it is known from."""
    page.line((row.name, STYLES[row.gravity]))
    page.line(_sentence(row.reason))
    kind = f"{row.cause.value}, {row.severity}, {row.basis.value}"
    page.line((kind + (", found by `doctor check`" if row.predictable or row.supply_chain else ""), "dim"))
    _section(page, "When", [describe(circumstance) for circumstance in row.when])
    judged = [f"the pair {name} does not fit" for name in row.pairs] + [
        f"{code} finds a problem" for code in (*row.rules, *row.signs)
    ]
    _section(page, "What confirms it in an environment", judged)
    _section(page, "What it fails with (regular expressions)", row.symptoms)
    _section(page, "How to fix it", [_sentence(row.fix)])
    for command in _commands(row):
        page.verbatim(quote(command), "cyan", indent=6)
    dates = [f"since {row.since}"] * bool(row.since) + [f"until {row.until}"] * bool(row.until)
    _section(page, "Dates", dates)
    _section(page, "Sources", row.sources)
    return page.text()


def write_breakages(page: Page, rows: Iterable[Breakage]) -> str:
    """Write one line for each breakage, below their kinds of fault."""
    causes: dict[str, list[Breakage]] = {}
    for row in rows:
        causes.setdefault(row.cause.value, []).append(row)
    for number, (cause, members) in enumerate(sorted(causes.items())):
        if number:
            page.blank()
        page.line((cause, "bold"))
        for row in members:
            page.line((row.name, STYLES[row.gravity]), f"  {row.reason}", indent=2, hang=4)
    return page.text()


def describe(circumstance: Circumstance) -> str:
    """Say in a line when a breakage happens: ``vllm >=0.9,<0.10, transformers >=4.54, Python >=3.12``."""
    parts = [_versions(name, versions) for name, versions in circumstance.packages.items()]
    parts += [f"{what} {getattr(circumstance, name)}" for name, what in _NAMES.items() if getattr(circumstance, name)]
    parts += [" or ".join(circumstance.machines)] if circumstance.machines else []
    if circumstance.wsl is not None:
        parts.append("in WSL" if circumstance.wsl else "outside WSL")
    for name, pattern in circumstance.variables.items():
        parts.append(f"{name} not set" if pattern == ABSENT else f"{name} set" + (f" to {pattern}" if pattern else ""))
    return ", ".join(parts)


def _versions(name: str, versions: str) -> str:
    return f"no {name}" if versions == ABSENT else f"{name} {versions or '(any version)'}"


def _commands(row: Breakage) -> list[tuple[str, ...]]:
    commands = list(row.commands)
    if row.uninstall:
        commands.append(("pip", "uninstall", *row.uninstall))
    if row.install:
        commands.append(("pip", "install", *row.install))
    return commands


def _section(page: Page, title: str, lines: Iterable[str]) -> None:
    items = list(lines)
    if not items:
        return
    page.blank()
    page.line((title, "bold"))
    for line in items:
        page.line(line, indent=2, hang=2)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
