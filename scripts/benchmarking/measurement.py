"""Measuring one command: wall and processor time, and memory of its whole process tree."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

SAMPLE_EVERY = 0.003  # seconds


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One command, how a reader would type it, and the variables that it needs besides."""

    name: str
    command: tuple[str, ...]
    version: str
    variables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run: seconds, KiB of the largest process, exit status."""

    wall: float
    cpu: float
    peak_kib: int
    status: int


@dataclass(kw_only=True)
class Series:
    """All runs of one tool; `tree_kib` is the sampled peak of its process tree."""

    tool: Tool
    runs: list[Run] = field(default_factory=list)
    tree_kib: int = 0

    def wall(self) -> float:
        """Median wall time in seconds."""
        return statistics.median(run.wall for run in self.runs)

    def cpu(self) -> float:
        """Median processor time, user and system, in seconds."""
        return statistics.median(run.cpu for run in self.runs)

    def peak_mib(self) -> float:
        """Largest resident set of one process over all runs, in MiB."""
        return max(run.peak_kib for run in self.runs) / 1024


def start(tool: Tool, folder: Path, output: IO[bytes] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start a tool far from the checkout, its output thrown away or written to a file."""
    variables = {**os.environ, **dict(tool.variables)}
    quiet = subprocess.DEVNULL
    return subprocess.Popen(tool.command, cwd=folder, env=variables, stdin=quiet, stdout=output, stderr=output)


def measure(tool: Tool, folder: Path, output: IO[bytes] | int = subprocess.DEVNULL) -> Run:
    """Run a tool once; the usage is that of the process and of all that it waited for."""
    began = time.perf_counter()
    process = start(tool, folder, output)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(wall=wall, cpu=usage.ru_utime + usage.ru_stime, peak_kib=usage.ru_maxrss, status=process.returncode)


def sample_tree(tool: Tool, folder: Path) -> int:
    """Run a tool and return the peak of its process tree's proportional set size, in KiB."""
    process = start(tool, folder)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(proportional_kib(pid) for pid in tree_of(process.pid)))
        time.sleep(SAMPLE_EVERY)
    return peak


def tree_of(root: int) -> list[int]:
    """Return a process and all its descendants."""
    found = [root]
    for pid in found:
        found += children_of(pid)
    return found


def children_of(pid: int) -> list[int]:
    """Return the children of a process; none when it ended meanwhile."""
    try:
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return []


def proportional_kib(pid: int) -> int:
    """Return the proportional set size of a process in KiB; 0 when it ended meanwhile."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
