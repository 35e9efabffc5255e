"""The processor: cores and flags."""

from __future__ import annotations

import os
from pathlib import Path

from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.machine.system import CPU, Cpu
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt

ROOT = Path("/")


def find(_target: Target, *, root: Path = ROOT) -> Facts:
    """Find the processor; `root` stands for the root of the file system."""
    source = Source(kind=SourceKind.PROC, where="/proc/cpuinfo")
    if not (root / "proc").is_dir():
        return [(CPU, Absent(source=source, detail="this system has no /proc"))]
    return [attempt(CPU, source, lambda: _cpu(root))]


def _cpu(root: Path) -> Cpu:
    fields: dict[str, str] = {}
    with (root / "proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            name, _, value = line.partition(":")
            fields.setdefault(name.strip().lower(), value.strip())
            if not name.strip() and ("flags" in fields or "features" in fields):
                break  # one processor is enough: the others repeat it
    # x86 calls them flags, ARM features.
    flags = fields.get("flags", fields.get("features"))
    if flags is None:
        raise ValueError("/proc/cpuinfo states no flags")
    return Cpu(cores=_cores(), model=fields.get("model name", ""), flags=tuple(sorted(flags.split())))


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


CPU_PROBE = Probe(name="cpu", keys=(CPU,), find=find, group="machine")
