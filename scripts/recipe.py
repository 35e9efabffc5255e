"""What a real environment is made by: the steps that break a copy of another, and the faults that doctor must name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Install:
    """Install requirements; `options` are those of ``uv pip install``."""

    requirements: tuple[str, ...]
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Uninstall:
    """Remove distributions."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Delete:
    """Delete a file or folder of site-packages."""

    path: str


@dataclass(frozen=True)
class Truncate:
    """Keep only the first `size` bytes of a file of site-packages."""

    path: str
    size: int


@dataclass(frozen=True)
class Write:
    """Write a new file under site-packages."""

    path: str
    text: str = ""


@dataclass(frozen=True)
class MakeFolder:
    """Make an empty folder under site-packages."""

    path: str


Step = Install | Uninstall | Delete | Truncate | Write | MakeFolder


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What doctor must name: a problem of one of `causes` and of `severity` whose subject or message says `about`."""

    causes: tuple[str, ...]
    about: str
    severity: str = "error"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One environment: the one that it is a copy of, what is done to it, and what is wrong then.

    No `faults` means that the environment is sound. `quick` ones take seconds once their base is there.
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    base: str = ""
    faults: tuple[Fault, ...] = ()
    quick: bool = True
