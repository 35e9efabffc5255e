"""The page that says how many faults the tests notice, and which they cannot."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from scripts.mutating.equivalent import equivalents
from scripts.mutating.results import Results

HEAD = """# Faults that the tests notice

`scripts/mutate.py` changes the code in one place at a time, as a slip of a programmer would, and runs the tests of the
file that it changed: a comparison turned round, a condition left out, a loop that does nothing, a number off by one, a
result dropped. What no test notices shows a test that is missing, or code that is not needed. Written by
`scripts/mutate.py --write` on {day}; only what was tried with this code and tests counts.

The well-known programs do not fit this tree. [mutmut](https://mutmut.readthedocs.io) changes no function with a
decorator, and every rule is one; [cosmic-ray](https://cosmic-ray.readthedocs.io) starts one test command, the same for
all files, anew for each fault: two seconds of imports, ten thousand times. Here the tests of a file are collected once,
each fault runs in a fork of that process with the changed code put into the functions that are loaded, and a trace
tells which tests reach the changed line: about a tenth of a second of processor time.

Survivors are tried with the tests of what uses the source, too, and those of rules with the laws over all rules
(`tests/test_laws.py`). Annotations, docstrings, words
of messages, decorators and the bodies of classes are left as they are.
"""


def write_page(results: Iterable[Results]) -> str:
    """The page, from the results of all sources that were tried."""
    results = sorted(results, key=lambda item: item.source)
    counts: dict[str, Counter[str]] = {}
    for item in results:
        folder = counts.setdefault(str(PurePosixPath(item.source).parent), Counter())
        survived = len(item.unexplained())
        folder.update(files=1, mutants=len(item.of), killed=item.killed, survived=survived, equivalent=item.explained)
    lines = [HEAD.format(day=datetime.datetime.now(datetime.timezone.utc).date().isoformat())]
    lines += [
        "| folder | files | faults | noticed | not noticed | cannot be noticed |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    total: Counter[str] = Counter()
    for folder, numbers in sorted(counts.items()):
        lines.append(_row(f"`{folder}`", numbers))
        total += numbers
    lines.append(_row("all", total))
    lines += ["", "## What is not noticed yet", ""]
    for item in results:
        if item.unexplained():
            lines += [f"`{item.source}`", "", *(f"- {_told(entry)}" for entry in item.unexplained()), ""]
    lines += ["## What cannot be noticed", ""]
    for entry in equivalents():
        lines += [f"`{entry['source']}`: {entry['why']}", "", *(f"- `{mutant}`" for mutant in entry["mutants"]), ""]
    return "\n".join(lines).rstrip() + "\n"


def _told(entry: dict[str, Any]) -> str:
    return f"line {entry['line']}, `{entry['mutant']}`" + (" (not reached)" if entry["result"] == "not reached" else "")


def _row(name: str, numbers: Counter[str]) -> str:
    cells = (numbers[key] for key in ("files", "mutants", "killed", "survived", "equivalent"))
    return f"| {name} | {' | '.join(map(str, cells))} |"
