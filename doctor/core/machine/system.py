"""The machine around the environment: variables, toolkits, memory, limits."""

from __future__ import annotations

from doctor.core.frozen import frozen
from doctor.core.snapshot import Key


@frozen
class Toolkit:
    """A CUDA toolkit: its folder and version (``12.4``), and how it was found (``PATH``, ...)."""

    path: str
    version: str
    found_by: str


@frozen
class LoaderEntry:
    """A library of an LD_LIBRARY_PATH or LD_PRELOAD entry that hides one of the environment.

    `library` is the path that the loader takes, `hides` the path in the environment, `version`
    the version in the file's full name (``12.1.105``) or "". `missing_symbols` are the first few
    that other libraries of the environment need of it and that only the hidden one defines.
    """

    variable: str
    entry: str
    library: str
    hides: str
    version: str = ""
    missing_symbols: tuple[str, ...] = ()


@frozen
class PathEntry:
    """A path that a variable names, entry by entry, and whether something is there."""

    variable: str
    path: str
    exists: bool


@frozen
class Overlay:
    """A package of the stack outside of the environment that is imported before its own.

    `variable` is ``PYTHONPATH`` or ``user site``, `folder` the entry, `package` the import
    name, `hides` the path of the same package in the environment, or "" when it has none.
    """

    variable: str
    folder: str
    package: str
    hides: str


@frozen
class SharedMemory:
    """Size and free space of /dev/shm in MiB."""

    size: int
    free: int


@frozen
class Memory:
    """RAM in MiB; `limit` is the smallest limit of the control groups above, 0 for none."""

    total: int
    available: int
    limit: int


@frozen
class Disk:
    """Free space in MiB of the folder `path` that serves `purpose`, and whether it is writable.

    A folder that does not exist yet is judged by the nearest one above it.
    """

    purpose: str
    path: str
    free: int
    writable: bool


@frozen
class Limits:
    """Limits of the process; -1 is unlimited.

    `open_files` is the soft limit, which a process may raise to `open_files_hard`;
    `locked_memory` is the soft limit in KiB.
    """

    open_files: int
    open_files_hard: int
    locked_memory: int


@frozen
class Cpu:
    """Cores that this process may use and the flags of the processor, in the kernel's words."""

    cores: int
    model: str
    flags: tuple[str, ...]


@frozen
class Compiler:
    """A C compiler and the Python headers, which Triton and JIT builds need; "" when missing.

    `cc` is the path of the one that Triton takes, `requested` the value of CC, `python_header`
    the path of Python.h.
    """

    cc: str
    python_header: str
    requested: str = ""


VARIABLES: Key[dict[str, str]] = Key(
    "variables", dict[str, str], "environment variables that steer the stack; values of secrets are not stored"
)
VARIABLES_LISTED: Key[tuple[str, ...]] = Key(
    "variables_listed",
    tuple[str, ...],
    "the beginnings of the names that `variables` is complete for; absent when it is for all that matter",
)
TOOLKITS: Key[tuple[Toolkit, ...]] = Key("toolkits", tuple[Toolkit, ...], "CUDA toolkits on this machine")
LOADER_ENTRIES: Key[tuple[LoaderEntry, ...]] = Key(
    "loader_entries", tuple[LoaderEntry, ...], "libraries on the loader's path that hide those of the environment"
)
PATH_ENTRIES: Key[tuple[PathEntry, ...]] = Key(
    "path_entries", tuple[PathEntry, ...], "paths that variables name, and whether they exist"
)
OVERLAYS: Key[tuple[Overlay, ...]] = Key(
    "overlays", tuple[Overlay, ...], "packages of the stack in PYTHONPATH and the user site"
)
SHARED_MEMORY: Key[SharedMemory] = Key("shared_memory", SharedMemory, "size and free space of /dev/shm")
MEMORY: Key[Memory] = Key("memory", Memory, "RAM and the control group's limit")
LIMITS: Key[Limits] = Key("limits", Limits, "limits of the process")
DISKS: Key[tuple[Disk, ...]] = Key("disks", tuple[Disk, ...], "free space where caches and temporary files go")
USER: Key[str] = Key("user", str, "the name of the user, as getpass.getuser finds it")
CPU: Key[Cpu] = Key("cpu", Cpu, "the processor")
COMPILER: Key[Compiler] = Key("compiler", Compiler, "what Triton needs to compile its launcher")
