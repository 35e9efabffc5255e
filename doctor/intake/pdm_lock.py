"""``pdm.lock``: https://pdm-project.org/en/latest/usage/lockfile/.

With the strategy ``inherit_metadata`` each package states the groups and the marker that it is
installed for; without it a lock leaves that to a resolution, which is not done again here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct, field

from doctor.core.errors import TargetError
from doctor.intake.pins import Listing, Pin
from doctor.intake.toml_lock import LockTable

DEFAULT_GROUPS = ("default", "dev")
"""What `pdm install` installs without being asked."""

STRATEGY = "inherit_metadata"

Table = dict[str, Any]


class Package(Struct):
    """One package with its extras, and the groups that bring it in."""

    groups: list[str] = []
    extras: list[str] = []


class Goal(Struct):
    """What the lock was made for."""

    requires_python: str = ""


class Metadata(Struct):
    """How it was made."""

    strategy: list[str] = []
    groups: list[str] = []
    targets: list[Goal] = []


class Format(Struct):
    """What is read of the file."""

    package: list[Package] = []
    metadata: Metadata = field(default_factory=Metadata)


def read(path: Path, listing: Listing) -> None:
    """Read a ``pdm.lock`` with the groups of the target; PDM locks extras as groups.

    Raises:
        TargetError: it is none, of another strategy, is for another Python, or has no such group.
    """
    lock = LockTable(path)
    metadata = lock.table("metadata")
    if not str(metadata.get("lock_version", "")).startswith("4."):
        raise lock.error(f"its format is {metadata.get('lock_version')}, and 4 is known")
    lock.require(Format)
    if STRATEGY not in metadata.get("strategy", ()):
        raise TargetError(
            f"{path} does not say what is installed where",
            hint=f"`pdm lock --strategy {STRATEGY}` writes one that does",
        )
    _require_target(lock, listing)
    wanted = _groups(lock, listing)
    for table, line in lock.packages("package"):
        # One entry of a package is without extras, and one more is there for each that is asked for.
        if wanted.isdisjoint(table.get("groups", ())) or table.get("extras"):
            continue
        if listing.counts(lock.marker(table.get("marker"), table["name"]), table["name"]):
            _take(table, line, path, listing)


def _require_target(lock: LockTable, listing: Listing) -> None:
    targets = lock.table("metadata").get("targets", ())
    for target in targets if len(targets) == 1 else ():
        lock.require_python(target.get("requires_python"), listing.target)


def _groups(lock: LockTable, listing: Listing) -> frozenset[str]:
    target, there = listing.target, tuple(lock.table("metadata").get("groups", ()))
    chosen = (*target.extras, *(target.groups or ()))
    gone = [name for name in chosen if name not in there]
    if gone:
        raise TargetError(f"{lock.path} has no group {gone[0]}", hint=f"it has {', '.join(there) or 'none'}")
    defaults = DEFAULT_GROUPS if target.groups is None else DEFAULT_GROUPS[:1]
    return frozenset((*defaults, *chosen))


def _take(table: Table, line: int, path: Path, listing: Listing) -> None:
    name, version = table["name"], table.get("version")
    if table.get("path") and not str(table["path"]).endswith(".whl"):
        listing.leave(name, f"{name} is installed from a folder in {path.name}, which states no version")
        return
    if not isinstance(version, str):
        raise TargetError(f"{path} is no {path.name}: {name} has no version")
    origin = "vcs" if table.get("git") else "url" if table.get("url") else "local" if table.get("path") else "index"
    listing.take(Pin(name=name, version=version, text=name, line=line, file=str(path), origin=origin))
