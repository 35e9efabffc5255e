"""Whether there is room for a scratch environment, before anything is downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from doctor.core.errors import DoctorError
from doctor.core.machine.system import Memory
from doctor.core.matrix import KnownGoodSet
from doctor.probes.temporary import temporary_folder

MIB = 1 << 20
DISK_MIB = {"cpu": 6_000, "cuda": 24_000}
"""The environment, and the wheels beside it while they are unpacked (a CPU set: 3.5 GB in all)."""

MEMORY_MIB = 2_500
"""The proof takes 0.7 GB on a CPU; the rest is for installing and byte-compiling."""


class ScratchError(DoctorError):
    """The scratch environment cannot be made: nothing is known of it, good or bad."""

    exit_code = 3


def candidates(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The folders that a scratch environment may go to: the temporary one, then the cache."""
    cache = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or "/nonexistent", ".cache")
    return temporary_folder(environ), Path(cache)


def choose_parent(chosen: KnownGoodSet, folders: Iterable[Path]) -> Path:
    """Return the first of `folders` that the environment of a set fits in.

    Raises:
        ScratchError: there is not enough room in any.
    """
    needed = DISK_MIB["cuda" if chosen.cuda else "cpu"]
    seen = []
    for folder in folders:
        if is_in_memory(folder):
            seen.append(f"{folder} is in memory")
            continue
        free = _free_mib(folder)
        if free >= needed:
            return folder
        seen.append(f"{folder} has {free} MiB")
    raise ScratchError(
        f"the set {chosen.name} needs {needed} MiB of free disk: {', '.join(seen)}",
        hint="free some, or set TMPDIR to a folder that has it",
    )


def is_in_memory(folder: Path, mounts: Path = Path("/proc/mounts")) -> bool:
    """Whether a folder lies in memory (tmpfs): gigabytes there are taken from what the proof and others need.

    `mounts` lists devices, mount points and file systems, as proc(5) describes it; without it the answer is no.
    """
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return False
    path = str(folder.resolve())
    found = ("", "")
    for line in lines:
        _, point, kind, *_ = [*line.split(" "), "", "", ""]
        point = point.replace("\\040", " ").rstrip("/")
        if (path == point or path.startswith(f"{point}/")) and len(point) >= len(found[0]):
            found = (point, kind)
    return found[1] in ("tmpfs", "ramfs")


def _free_mib(folder: Path) -> int:
    """Free space of a folder in MiB; 0 where it is missing or cannot be written."""
    if not os.access(folder, os.W_OK | os.X_OK):
        return 0
    return shutil.disk_usage(folder).free // MIB


def require_memory(memory: Memory) -> None:
    """Demand the memory that the proof takes.

    Raises:
        ScratchError: there is less.
    """
    if memory.available and memory.available < MEMORY_MIB:
        seen = f"{memory.available} MiB are available"
    elif memory.limit and memory.limit < MEMORY_MIB:
        seen = f"the control group allows {memory.limit} MiB"
    else:
        return
    raise ScratchError(f"the end-to-end check needs {MEMORY_MIB} MiB of memory and {seen}")


def require_empty(folder: Path) -> None:
    """Demand that nothing lies where an environment is to be kept.

    Raises:
        ScratchError: it is a file, or a folder that is not empty.
    """
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        raise ScratchError(f"{folder} is there already", hint="give a new or an empty folder")
