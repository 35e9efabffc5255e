"""``pylock.toml``: https://packaging.python.org/en/latest/specifications/pylock-toml/."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from doctor.core.errors import TargetError
from doctor.intake.pins import Listing, Pin
from doctor.intake.toml_lock import LockTable

if TYPE_CHECKING:
    from packaging.pylock import Package, Pylock


def read(path: Path, listing: Listing) -> None:
    """Read a ``pylock.toml`` with the extras and the dependency groups of the target.

    Raises:
        TargetError: it is none, is for another Python, or has no such extra or group.
    """
    try:
        from packaging.pylock import Pylock, PylockValidationError
    except ImportError as error:
        raise TargetError(f"{path} needs packaging 26 or newer", hint="pip install --upgrade packaging") from error
    table = LockTable(path)
    try:
        lock = Pylock.from_dict(table.tables)
    except PylockValidationError as error:
        raise TargetError(f"{path} is no pylock.toml: {error}") from error
    table.require_python(str(lock.requires_python or ""), listing.target)
    environment = _environment(lock, listing, path)
    lines = [line for _, line in table.packages("packages")]
    for package, line in zip(lock.packages, lines, strict=True):
        name = str(package.name)
        if _counts(package, listing, environment):
            if package.version is None:
                listing.leave(name, f"{name} has no version in {path.name}")
            else:
                pin = Pin(
                    name=name,
                    version=str(package.version),
                    text=name,
                    line=line,
                    file=str(path),
                    origin=_origin(package),
                )
                listing.take(pin)


def _environment(lock: Pylock, listing: Listing, path: Path) -> dict[str, str | frozenset[str]]:
    """The names that markers of a lock are evaluated with."""
    target = listing.target
    wanted = {"extra": (target.extras, lock.extras), "group": (target.groups or (), lock.dependency_groups)}
    for kind, (names, there) in wanted.items():
        gone = [name for name in names if name not in (there or ())]
        if gone:
            known = ", ".join(there or ()) or "none"
            raise TargetError(f"{path} has no {kind} {gone[0]}", hint=f"it has {known}")
    groups = lock.default_groups if target.groups is None else target.groups
    return {
        **target.markers,
        "extras": frozenset(map(str, target.extras)),
        "dependency_groups": frozenset(map(str, groups or ())),
    }


def _counts(package: Package, listing: Listing, environment: dict[str, str | frozenset[str]]) -> bool:
    marker = package.marker
    if marker is None:
        return True
    if listing.target.python is None and "python" in str(marker):
        return listing.counts(marker, str(package.name))
    return marker.evaluate(environment, context="lock_file")


def _origin(package: Package) -> str:
    return "vcs" if package.vcs else "local" if package.directory else "url" if package.archive else "index"
