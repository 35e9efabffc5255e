"""Running several tools in turn, so that a change of the machine's load meets all of them alike."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.benchmarking.measurement import Run, Series, Tool, measure, sample_tree

_CACHES = Path("/proc/sys/vm/drop_caches")


def measure_rounds(tools: Sequence[Tool], rounds: int, folder: Path, *, title: str) -> list[Series]:
    """Warm every tool up, measure in rounds, then sample memory in a run of its own."""
    series = [Series(tool=tool) for tool in tools]
    for item in series:
        measure(item.tool, folder)
    for number in range(rounds):
        for item in series:
            item.runs.append(measure(item.tool, folder))
        say(f"{title}: round {number + 1} of {rounds}, load {os.getloadavg()[0]:.1f}")
    for item in series:
        item.tree_kib = sample_tree(item.tool, folder)
    return series


def measure_cold(tool: Tool, rounds: int, folder: Path) -> list[Run] | None:
    """Measure a tool with nothing of the disk in memory; None where only root may empty the page cache."""
    runs = []
    for _ in range(rounds):
        os.sync()
        try:
            _CACHES.write_text("3\n")
        except OSError as error:
            say(f"cold runs are left out: {_CACHES}: {error.strerror}")
            return None
        runs.append(measure(tool, folder))
    return runs


def forget_names() -> bool:
    """Have the kernel forget the names of files that nobody has open; whether it did, for which it asks for root.

    Each look-up of a file walks a chain of the names that share a bucket. Where a hundred environments were made
    before, and the kernel was started with few buckets, a chain has 15 names and a stat takes 6 us in place of 1.5.
    """
    try:
        _CACHES.write_text("2\n")
    except OSError as error:
        say(f"names stay in the kernel's cache: {_CACHES}: {error.strerror}")
        return False
    return True


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr, flush=True)
