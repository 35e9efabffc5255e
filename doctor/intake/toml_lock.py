"""Reading a lock file that is TOML, with errors that name the entry."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from packaging.markers import InvalidMarker, Marker
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from doctor.core.errors import TargetError
from doctor.core.toml import MOST_PARTS, deep_line
from doctor.intake.pins import MOST, read_text, too_many
from doctor.intake.target import StatedTarget

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

S = TypeVar("S", bound=msgspec.Struct)

_ENTRY = re.compile(r"^\[\[packages?\]\]\s*$")


class LockTable:
    """The tables of a lock file, and the line that each package's table begins in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        text = read_text(path)
        # tomllib tells no lines; the tables stand in the order of the array.
        self._lines = [number for number, line in enumerate(text.splitlines(), 1) if _ENTRY.match(line)]
        if len(self._lines) > MOST:
            raise too_many(path)
        if deep_line(text):
            raise TargetError(f"{path} is no {path.name}: a key has more than {MOST_PARTS} parts")
        try:
            self.tables: dict[str, Any] = tomllib.loads(text)
        except ValueError as error:  # TOMLDecodeError is one, and so is an integer of thousands of digits
            raise TargetError(f"{path} is no {path.name}: {error}") from error
        except RecursionError:
            raise TargetError(f"{path} is no {path.name}: it nests too deep") from None

    def require(self, shape: type[S]) -> S:
        """The parts of the format that are read, as `shape` describes them; what else stands there is left alone.

        Raises:
            TargetError: something is of another type than the format says.
        """
        try:
            return msgspec.convert(self.tables, shape)
        except msgspec.ValidationError as error:
            raise self.error(str(error)) from error

    def packages(self, name: str) -> Iterator[tuple[dict[str, Any], int]]:
        """The tables of the packages with the 1-based line of each, 0 where that is not clear.

        Raises:
            TargetError: there are none, or one has no name.
        """
        found = self.tables.get(name)
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            raise self.error(f"it has no [[{name}]]")
        lines = self._lines if len(self._lines) == len(found) else [0] * len(found)
        for table, line in zip(found, lines, strict=True):
            if not isinstance(table.get("name"), str):
                raise self.error(f"a package in line {line} has no name")
            yield table, line

    def table(self, *names: str) -> dict[str, Any]:
        """The table of that path, empty where there is none."""
        found: Any = self.tables
        for name in names:
            found = found.get(name, {}) if isinstance(found, dict) else {}
        return found if isinstance(found, dict) else {}

    def marker(self, text: object, name: str) -> Marker | None:
        """The marker of an entry, None where it has none.

        Raises:
            TargetError: it is none.
        """
        if not text:
            return None
        try:
            return Marker(str(text))
        except InvalidMarker as error:
            raise self.error(f"the marker of {name} is none: {error}") from error

    def require_python(self, specifier: object, target: StatedTarget) -> None:
        """Refuse a target that the lock is not for.

        Raises:
            TargetError: it is for other versions of Python.
        """
        if not isinstance(specifier, str) or not specifier or target.python is None:
            return
        try:
            allowed = SpecifierSet(specifier)
        except InvalidSpecifier as error:
            raise self.error(f"it is for Python {specifier}, which is no specifier") from error
        if not allowed.contains(target.markers["python_full_version"], prereleases=True):
            raise TargetError(f"{self.path} is for Python {specifier}, and the target is {target.python.value}")

    def error(self, why: str) -> TargetError:
        """The error of a file that is not what its name says."""
        return TargetError(f"{self.path} is no {self.path.name}: {why}")
