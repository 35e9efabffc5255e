"""The page that says which branches the tests reach, package by package, and what no test reaches."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from scripts.covering.runs import Run

HEAD = """# Branches that the tests reach

Written by `python scripts/measure_coverage.py --write docs/coverage.md` on {day}; do not edit by hand.

Of each package of `doctor`: its statements and branches, and how many of them the tests reach, in the command line run
as a program and in the child processes of probes, too. A process that is killed, as some are, tells nothing. What
an interpreter of the target runs (`doctor/endtoend/payload`, `doctor/fleet/raydriver`) is not counted: coverage
does not travel with it.

{measured}

| Package | Statements | reached | Branches | reached | Both, % | Goal, % |
| --- | --- | --- | --- | --- | --- | --- |"""

WHOLE = ("core", "engine", "remedy", "rules")
"""Packages of which every branch is to be reached."""

REST = 90
"""What the others are to reach at least, in percent."""

KEYS = ("num_statements", "covered_lines", "num_branches", "covered_branches")

Files = Mapping[str, Mapping[str, Any]]


def by_package(files: Files) -> dict[str, Counter[str]]:
    """The sums of each package; what lies beside them belongs to ``doctor`` itself."""
    found: dict[str, Counter[str]] = {}
    for path, file in sorted(files.items()):
        _, *folders, _ = path.split("/")
        found.setdefault(folders[0] if folders else "", Counter()).update({key: file["summary"][key] for key in KEYS})
    return found


def percent(numbers: Mapping[str, int]) -> float:
    """Statements and branches together, as ``coverage report`` counts them; 100 of nothing is all of it."""
    of = numbers["num_statements"] + numbers["num_branches"]
    return 100 * (numbers["covered_lines"] + numbers["covered_branches"]) / of if of else 100.0


def goal_of(package: str) -> int:
    """What is to be reached of a package, in percent."""
    return 100 if package in WHOLE else REST


def missed_goals(files: Files) -> list[str]:
    """The packages that reach less than they are to."""
    return [name for name, numbers in by_package(files).items() if percent(numbers) < goal_of(name)]


def write_page(files: Files, runs: Iterable[Run], parts: Iterable[str]) -> str:
    """The page, from what was reached, the runs that did, and the parts that the whole suite has."""
    runs = list(runs)
    lines = [HEAD.format(day=datetime.datetime.now(datetime.timezone.utc).date(), measured=_told(runs, parts))]
    packages = by_package(files)
    total: Counter[str] = Counter()
    for name, numbers in packages.items():
        total.update(numbers)
        lines.append(_row(f"`doctor/{name}`" if name else "`doctor` itself", numbers, goal_of(name)))
    lines += [_row("all", total, REST), "", "## What no test reaches", ""]
    for path, file in sorted(files.items()):
        if missing := _missing(file):
            lines.append(f"- `{path}`: {missing}")
    return "\n".join(lines).rstrip() + "\n"


def _told(runs: list[Run], parts: Iterable[str]) -> str:
    absent = sorted(set(parts) - {run.part for run in runs})
    lines = [f"- `{run.part}`: {run.told.strip('= ')}" for run in runs]
    lines += [f"- not measured: {', '.join(f'`{part}`' for part in absent)}"] if absent else []
    return "\n".join(lines)


def _missing(file: Mapping[str, Any]) -> str:
    """The lines that are not reached, and the branches between lines that are (``12->14``, ``12->exit``)."""
    unreached = set(file["missing_lines"])
    words = [f"{first}" if first == last else f"{first}-{last}" for first, last in _ranges(file["missing_lines"])]
    words += [
        f"{start}->{end if end > 0 else 'exit'}"
        for start, end in file["missing_branches"]
        if start not in unreached and end not in unreached
    ]
    return ", ".join(words)


def _ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers in ascending order as ranges of those that follow each other."""
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _row(name: str, numbers: Mapping[str, int], goal: int) -> str:
    counts = " | ".join(str(numbers[key]) for key in KEYS)
    # Rounded down: 99.96 is not 100.
    return f"| {name} | {counts} | {int(percent(numbers) * 10) / 10:.1f} | {goal} |"
