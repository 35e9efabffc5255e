"""``environment.yml`` of conda: what it pins by itself, and what it gives to pip.

https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html#create-env-file-manually
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from doctor.core.errors import TargetError
from doctor.intake.conda_list import CondaPackage, take_conda
from doctor.intake.pins import Listing, read_text
from doctor.intake.requirements import Statement, label_of, list_requirements, take_requirement
from doctor.intake.yaml_text import parse_yaml

_SPEC = re.compile(r"(?:[\w.-]+::)?(?P<name>[\w.-]+)(?:\s*={1,2}\s*(?P<version>[\w.!+]+)(?:=(?P<build>[\w.*]+))?)?")
_FULL = re.compile(r"\d+\.\d+\.\d+\S*")

_NEAR = 1 << 18  # characters
_ITEM = re.compile(r"[ \t]*-[ \t]+([\"']?)(?P<entry>.*?)\1[ \t]*(?:[ \t]#.*)?")


class _Lines:
    """Where the entries of a list stand in its text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._items: dict[str, int] = {}
        for number, line in enumerate(text.splitlines(), 1):
            match = _ITEM.fullmatch(line)
            if match:
                self._items.setdefault(match["entry"], number)

    def number_of(self, entry: str) -> int:
        """The 1-based line of an entry, 0 where it is written otherwise than it reads."""
        found = self._items.get(entry)
        if found is None:  # in brackets, several to a line; for thousands of them no large text is searched to its end
            place = self._text.find(entry, 0, _NEAR)
            found = self._text.count("\n", 0, place) + 1 if place >= 0 else 0
        return found


def read(path: Path, listing: Listing) -> None:
    """Read an ``environment.yml``.

    Raises:
        TargetError: it is none, or PyYAML is missing.
    """
    text = read_text(path)
    entries, lines = _entries(path, text), _Lines(text)
    for entry in entries:
        if isinstance(entry, str):
            _take_spec(entry, lines.number_of(entry), path, listing)
    # Behind those of conda: their Python is the one that the markers of pip's are about.
    for entry in entries:
        if isinstance(entry, dict):
            _take_pip(entry.get("pip"), lines, path, listing)


def _entries(path: Path, text: str) -> list[Any]:
    loaded = parse_yaml(text, path)
    found = loaded.get("dependencies") if isinstance(loaded, dict) else None
    if not isinstance(found, list):
        raise TargetError(f"{path} is no environment of conda: it has no list of dependencies")
    return found


def _take_spec(entry: str, line: int, path: Path, listing: Listing) -> None:
    match = _SPEC.fullmatch(entry.strip())
    name = (match["name"] if match else re.split(r"[\s<>=!]", entry.strip())[0]).lower()
    version, build = (match["version"] or "", match["build"] or "") if match else ("", "")
    # One = takes any version that begins so: python=3.11 is enough to know, pytorch=2.4 is not.
    exact = name == "python" or "==" in entry or bool(_FULL.fullmatch(version))
    if version and "*" not in version and exact:
        # Where no build is stated it may be a package of Python: its name then says so.
        take_conda(CondaPackage(name=name, version=version, build=build or "py3", line=line), path, listing)
    elif name not in ("pip", "python"):
        listing.leave(entry, f"{entry} pins no version in line {line} of {path.name}")


def _take_pip(entries: Any, places: _Lines, path: Path, listing: Listing) -> None:
    if entries is None:
        return
    if not isinstance(entries, list):
        raise TargetError(f"{path} is no environment of conda: what it gives to pip is no list")
    lines = [str(entry).strip() for entry in entries]
    label = next((found for line in lines if (found := label_of(line))), "")
    for line in lines:
        nested = re.fullmatch(r"(-r|--requirement|-c|--constraint)[ =]\s*(?P<file>\S+)", line)
        if nested:
            list_requirements(path.parent / nested["file"], listing, constraint=line.startswith(("-c", "--c")))
        else:
            take_requirement(Statement(text=line, line=places.number_of(line), path=path), listing, label=label)
