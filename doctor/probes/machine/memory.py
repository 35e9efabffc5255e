"""Memory, shared memory and limits of the process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doctor.core.fact import Absent, Fact, Source, SourceKind
from doctor.core.machine.system import LIMITS, MEMORY, SHARED_MEMORY, Limits, Memory, SharedMemory
from doctor.core.snapshot import Key
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt

ROOT = Path("/")
_MIB = 1 << 20
# Version 1 writes "no limit" as the largest multiple of the page size that fits.
_UNLIMITED = 1 << 60


def find(_target: Target, *, root: Path = ROOT) -> Facts:
    """Find memory and limits; `root` stands for the root of the file system."""
    source = Source(kind=SourceKind.PROC, where="/proc/meminfo, /proc/self/cgroup")
    no_proc: Fact[Memory] = Absent(source=source, detail="this system has no /proc")
    return [
        attempt(MEMORY, source, lambda: _memory(root)) if (root / "proc").is_dir() else (MEMORY, no_proc),
        _shared_memory(root),
        attempt(LIMITS, Source(kind=SourceKind.RUN, where="getrlimit"), _limits),
    ]


def _memory(root: Path) -> Memory:
    content = (root / "proc/meminfo").read_text(encoding="utf-8", errors="replace")
    kib = {
        name: int(value.split()[0])
        for name, _, value in (line.partition(":") for line in content.splitlines())
        if name in ("MemTotal", "MemFree", "MemAvailable")
    }
    if "MemTotal" not in kib:
        raise ValueError("/proc/meminfo states no MemTotal")
    # Kernels before 3.14 state no MemAvailable.
    available = kib.get("MemAvailable", kib.get("MemFree", 0))
    limit = min(_group_limits(root), default=0)
    return Memory(total=kib["MemTotal"] // 1024, available=available // 1024, limit=limit // _MIB)


def _group_limits(root: Path) -> Iterator[int]:
    """The memory limits in bytes of the control groups that the process is in, and of those above.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
    """
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:  # a kernel without control groups
        return
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            for mount in ("sys/fs/cgroup", "sys/fs/cgroup/unified"):
                yield from _limits_up(root / mount, path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _limits_up(root / "sys/fs/cgroup/memory", path, "memory.limit_in_bytes")


def _limits_up(mount: Path, path: str, name: str) -> Iterator[int]:
    """The limits from a group up to the mount, which in a container is the group itself."""
    parts = [part for part in path.split("/") if part and part != ".."]
    for depth in range(len(parts), -1, -1):
        try:
            text = mount.joinpath(*parts[:depth], name).read_text(encoding="utf-8").strip()
        except (FileNotFoundError, NotADirectoryError):
            continue  # the root group has no such file, and a container does not see those above
        if text != "max" and int(text) < _UNLIMITED:
            yield int(text)


def _shared_memory(root: Path) -> tuple[Key[Any], Fact[Any]]:
    source = Source(kind=SourceKind.FILE, where="/dev/shm")  # noqa: S108 - it is looked at, not written to
    if not (root / "dev/shm").is_dir():
        return SHARED_MEMORY, Absent(source=source, detail="there is no /dev/shm")

    def measure() -> SharedMemory:
        status = os.statvfs(root / "dev/shm")
        block = status.f_frsize
        return SharedMemory(size=status.f_blocks * block // _MIB, free=status.f_bavail * block // _MIB)

    return attempt(SHARED_MEMORY, source, measure)


def _limits() -> Limits:
    import resource  # does not exist on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    locked, _ = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    unlimited = resource.RLIM_INFINITY
    return Limits(
        open_files=-1 if soft == unlimited else soft,
        open_files_hard=-1 if hard == unlimited else hard,
        locked_memory=-1 if locked == unlimited else locked // 1024,
    )


MEMORY_PROBE = Probe(name="memory", keys=(MEMORY, SHARED_MEMORY, LIMITS), find=find, group="machine")
