"""The page that says how many faults the tests notice, and which they cannot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from scripts.mutating.equivalent import equivalents
from scripts.mutating.tried import Tried

HEAD = """# Faults that the tests notice

`scripts/mutate.py` changes the code in one place at a time, as a slip of a programmer would, and runs the tests of the
file that it changed: a comparison turned round, a condition left out, a loop that does nothing, a number off by one, a
result dropped. What no test notices shows a test that is missing, or code that is not needed. Written by
`scripts/mutate.py --write` from `scripts/mutating/tried.jsonl`, in which each file that was tried to its end stands
with a digest of the code that was tried: it counts as long as the code beside it has that digest.

The well-known programs do not fit this tree. [mutmut](https://mutmut.readthedocs.io) changes no function with a
decorator, and every rule is one; [cosmic-ray](https://cosmic-ray.readthedocs.io) starts one test command, the same for
all files, anew for each fault: two seconds of imports, ten thousand times. Here the tests of a file are collected once,
each fault runs in a fork of that process with the changed code put into the functions that are loaded, and a trace
tells which tests reach the changed line: about a tenth of a second of processor time.

Survivors are tried with the tests of what uses the source, too, and those of rules with the laws over all rules
(`tests/test_laws.py`). Annotations, docstrings, words
of messages, decorators and the bodies of classes are left as they are.

A first round, up to the commit e1da2dd, tried 2,794 faults in 153 files of rules and left 63. Its results were not kept
file by file, so that they do not count here; tests notice what it left, or the code is gone.
"""

COLUMNS = ("files", "tried", "mutants", "killed", "open", "equivalent")


def write_page(tried: Iterable[Tried], sources: Sequence[str]) -> str:
    """The page, from what was tried of the sources that are to be."""
    counting = {item.source: item for item in tried if item.counts}
    lines = [HEAD, *_table(counting, sources), ""]
    lines += _state(counting)
    lines += ["## What is not noticed yet", ""]
    for item in counting.values():
        if item.unexplained:
            lines += [f"`{item.source}`", "", *(f"- {_told(item, mutant)}" for mutant in item.unexplained), ""]
    lines += ["## What cannot be noticed", ""]
    for entry in equivalents():
        lines += [f"`{entry['source']}`: {entry['why']}", "", *(f"- `{mutant}`" for mutant in entry["mutants"]), ""]
    lines += ["## Files that were not tried, or have changed since", ""]
    lines += _untried(counting, sources)
    return "\n".join(lines).rstrip() + "\n"


def _table(counting: dict[str, Tried], sources: Sequence[str]) -> list[str]:
    counts: dict[str, Counter[str]] = {}
    for source in sorted({*sources, *counting}):
        folder = counts.setdefault(str(PurePosixPath(source).parent), Counter())
        folder.update(files=1)
        if item := counting.get(source):
            open_ = len(item.unexplained)
            folder.update(tried=1, mutants=item.killed + len(item.left), killed=item.killed, open=open_)
            folder.update(equivalent=len(item.left) - open_)
    rows = [_row(f"`{folder}`", numbers) for folder, numbers in sorted(counts.items())]
    total: Counter[str] = Counter()
    for numbers in counts.values():
        total += numbers
    return [
        "| folder | files | tried | faults | noticed | not noticed | cannot be noticed |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *rows,
        _row("all", total),
    ]


def _state(counting: dict[str, Tried]) -> list[str]:
    changed = sum(not item.is_current for item in counting.values())
    if not changed:
        return []
    return [
        f"Of {changed} of these files the tests have changed since all faults were tried: what they noticed then",
        "counts as noticed.",
        "",
    ]


def _untried(counting: dict[str, Tried], sources: Sequence[str]) -> list[str]:
    left: dict[str, list[str]] = {}
    for source in sources:
        if source not in counting:
            left.setdefault(str(PurePosixPath(source).parent), []).append(PurePosixPath(source).name)
    return [f"- `{folder}`: {', '.join(names)}" for folder, names in sorted(left.items())] or ["None."]


def _told(item: Tried, mutant: str) -> str:
    line = item.place(mutant).rpartition(":")[2]
    return f"line {line}, `{mutant}`" + (" (not reached)" if mutant in item.unreached else "")


def _row(name: str, numbers: Counter[str]) -> str:
    return f"| {name} | {' | '.join(str(numbers[key]) for key in COLUMNS)} |"
