"""``poetry.lock``: https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock.

From format 2.1 on (Poetry 2.0) each package states the groups and the markers that it is installed
for. Older ones leave that to pyproject.toml and to a resolution, which is not done again here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from msgspec import Struct
from packaging.version import InvalidVersion, Version

from doctor.core.errors import TargetError
from doctor.intake.pins import Listing, Pin
from doctor.intake.toml_lock import LockTable

MAIN = "main"
_ORIGINS = {"git": "vcs", "url": "url", "file": "local", "directory": "local"}

Table = dict[str, Any]


class Package(Struct):
    """One package, with the groups that bring it in and the markers that it has in each or in all."""

    groups: list[str] = []
    markers: str | dict[str, str] = ""


class Format(Struct):
    """What is read of the file."""

    package: list[Package] = []
    extras: dict[str, list[str]] = {}


def read(path: Path, listing: Listing) -> None:
    """Read a ``poetry.lock`` with the extras and the groups of the target; without any, the main group.

    Raises:
        TargetError: it is none, of an older or newer format, is for another Python, or has no such
            extra or group.
    """
    lock = LockTable(path)
    version = _format_of(lock)
    if not Version("2.1") <= version < Version("3"):
        raise TargetError(
            f"{path} has the format {version}, which does not say what is installed where",
            hint="`poetry lock` of Poetry 2 or newer writes one that does; or `poetry export -o requirements.txt`",
        )
    lock.require(Format)
    lock.require_python(lock.table("metadata").get("python-versions"), listing.target)
    _require_found(lock, listing)
    for table, line in lock.packages("package"):
        if _counts(table, lock, listing):
            _take(table, line, path, listing)


def _format_of(lock: LockTable) -> Version:
    text = str(lock.table("metadata").get("lock-version", ""))
    try:
        return Version(text)
    except InvalidVersion as error:
        raise lock.error("it does not say the version of its format") from error


def _require_found(lock: LockTable, listing: Listing) -> None:
    target = listing.target
    groups = {group for table, _ in lock.packages("package") for group in table.get("groups", ())}
    for kind, wanted, there in (("extra", target.extras, lock.table("extras")), ("group", target.groups or (), groups)):
        gone = [name for name in wanted if name not in there]
        if gone:
            raise TargetError(
                f"{lock.path} has no {kind} {gone[0]}", hint=f"it has {', '.join(sorted(there)) or 'none'}"
            )


def _counts(table: Table, lock: LockTable, listing: Listing) -> bool:
    """Whether one of the chosen groups brings it in, by the markers that it has there."""
    target, name = listing.target, table["name"]
    wanted = (MAIN, *(target.groups or ()))
    markers = table.get("markers", "")
    for group in table.get("groups", ()):
        if group in wanted:
            text = markers.get(group, "") if isinstance(markers, dict) else markers
            if listing.counts(lock.marker(text, name), name, frozenset(target.extras)):
                return True
    return False


def _take(table: Table, line: int, path: Path, listing: Listing) -> None:
    name, version = table["name"], table.get("version")
    kind = table.get("source", {}).get("type", "") if isinstance(table.get("source"), dict) else ""
    if kind == "directory" or not isinstance(version, str):
        listing.leave(name, f"{name} is installed from a folder in {path.name}, which states no version")
        return
    origin = _ORIGINS.get(kind, "index")
    listing.take(Pin(name=name, version=version, text=name, line=line, file=str(path), origin=origin))
