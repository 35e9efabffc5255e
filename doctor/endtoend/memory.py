"""What the kernel says of processes that it ended because memory ran out."""

from __future__ import annotations

from pathlib import Path

VMSTAT = Path("/proc/vmstat")
CGROUP = Path("/proc/self/cgroup")
CONTROL = Path("/sys/fs/cgroup")


def count_oom_kills(vmstat: Path = VMSTAT, cgroup: Path = CGROUP, control: Path = CONTROL) -> int:
    """How many processes the kernel has ended for want of memory: on the machine, and in this control group.

    Only a difference of two counts tells something. 0 where the kernel does not count (before 4.13).
    """
    return _number_in(vmstat) + sum(_number_in(folder / "memory.events") for folder in _groups(cgroup, control))


def _groups(cgroup: Path, control: Path) -> list[Path]:
    """The folder of this process's control group (version 2); inside a container that is the root."""
    try:
        lines = cgroup.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    paths = [line.partition("::")[2].lstrip("/") for line in lines if line.startswith("0::")]
    return [control / path for path in paths]


def _number_in(path: Path) -> int:
    try:
        words = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return 0
    return sum(int(pair[1]) for pair in words if len(pair) == 2 and pair[0] == "oom_kill" and pair[1].isdigit())
