"""The machine around the environment: variables, toolkits, memory, limits."""

from __future__ import annotations

from dataclasses import dataclass

from doctor.core.snapshot import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Toolkit:
    """A CUDA toolkit: its folder and version (``12.4``), and how it was found (``PATH``, ...)."""

    path: str
    version: str
    found_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoaderEntry:
    """A library of an LD_LIBRARY_PATH or LD_PRELOAD entry that hides one of the environment."""

    variable: str
    entry: str
    library: str
    hides: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """RAM in MiB; `limit` is the control group's limit, 0 for none."""

    total: int
    available: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """Free space in MiB of the folder `path` that serves `purpose`, and whether it is writable."""

    purpose: str
    path: str
    free: int
    writable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Soft limits of the process: open files, locked memory in KiB; -1 is unlimited."""

    open_files: int
    locked_memory: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cpu:
    """Cores that this process may use and the flags of the processor."""

    cores: int
    model: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiler:
    """A C compiler and the Python headers, which Triton and JIT builds need; "" when missing."""

    cc: str
    python_header: str


VARIABLES: Key[dict[str, str]] = Key(
    "variables", dict[str, str], "environment variables that steer the stack; values of secrets are not stored"
)
TOOLKITS: Key[tuple[Toolkit, ...]] = Key("toolkits", tuple[Toolkit, ...], "CUDA toolkits on this machine")
LOADER_ENTRIES: Key[tuple[LoaderEntry, ...]] = Key(
    "loader_entries", tuple[LoaderEntry, ...], "libraries on the loader's path that hide those of the environment"
)
SHARED_MEMORY: Key[int] = Key("shared_memory", int, "size of /dev/shm in MiB")
MEMORY: Key[Memory] = Key("memory", Memory, "RAM and the control group's limit")
LIMITS: Key[Limits] = Key("limits", Limits, "limits of the process")
DISKS: Key[tuple[Disk, ...]] = Key("disks", tuple[Disk, ...], "free space where caches and temporary files go")
CPU: Key[Cpu] = Key("cpu", Cpu, "the processor")
COMPILER: Key[Compiler] = Key("compiler", Compiler, "what Triton needs to compile its launcher")
