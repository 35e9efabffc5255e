"""The shared libraries that installed distributions brought, found through their RECORDs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name

from doctor.core.frozen import frozen
from doctor.probes.packages.folders import Folder
from doctor.probes.packages.records import LARGEST, lines_with
from doctor.probes.regular_file import read_regular

_LIBRARY_LINE = re.compile(rb'(?:"([^"\r]*\.so(?:\.\d[^"\r]*)?)"|([^",\r]*\.so(?:\.\d[^",\r]*)?)),')
_LIBRARY_NAME = re.compile(r"\.so(?:\.\d.*)?$")
_METADATA_FOLDER = re.compile(r"^(?P<name>[^~][^-]*)(?:-.*)?\.(?:dist|egg)-info$")


@frozen
class Library:
    """A shared library: its absolute path and the normalised name of its distribution."""

    distribution: str
    path: str

    @property
    def folder(self) -> str:
        """The folder that it is in."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.rpartition("/")[2]


def installed_libraries(folders: list[Folder]) -> list[Library]:
    """List the shared libraries of every distribution in the folders of a search path.

    The first of several distributions of one name counts, like the first module does. A
    library that its RECORD names and that is not there is left out.
    """
    found: dict[str, Library] = {}
    seen: set[str] = set()
    for folder in folders:
        for name, metadata in _metadata_folders(folder):
            if name in seen:
                continue
            seen.add(name)
            for path in _paths(folder, name, metadata):
                found.setdefault(path, Library(distribution=name, path=path))
    return list(found.values())


def _metadata_folders(folder: Folder) -> Iterator[tuple[str, Path]]:
    for entry in sorted(folder.entries):
        match = _METADATA_FOLDER.match(entry)
        if match:
            yield canonicalize_name(match["name"]), Path(folder.path, entry)


def _paths(folder: Folder, name: str, metadata: Path) -> Iterator[str]:
    record = _read(metadata / "RECORD")
    matches = [_LIBRARY_LINE.match(line) for line in lines_with(b".so", record)]
    for line in [os.fsdecode(match[1] or match[2]) for match in matches if match]:
        yield os.path.normpath(line if line.startswith("/") else f"{folder.path}/{line}")
    source = _editable_source(metadata)
    if not record or source:
        for top in _top_level(name, metadata):
            # An editable install has its package in the root of its source or in `src`.
            for root in [Path(folder.path)] if source is None else [source, source / "src"]:
                yield from _walk(root / top)
    if source:
        yield from (entry.path for entry in _listing(source) if _LIBRARY_NAME.search(entry.name))


def _top_level(name: str, metadata: Path) -> list[str]:
    stated = _read(metadata / "top_level.txt").decode("utf-8", "replace").split()
    return [top for top in stated if top not in (".", "..") and "/" not in top] or [name.replace("-", "_")]


def _editable_source(metadata: Path) -> Path | None:
    """The folder of an editable install (https://packaging.python.org/en/latest/specifications/direct-url/)."""
    try:
        stated = json.loads(_read(metadata / "direct_url.json") or b"{}")
        editable = stated.get("dir_info", {}).get("editable")
        address = urlsplit(stated.get("url", ""))
    except (ValueError, AttributeError, TypeError):
        # What is wrong with the file is told by the probe of distributions; here it means no folder.
        return None
    return Path(unquote(address.path)) if editable is True and address.scheme == "file" else None


def _walk(folder: Path) -> Iterator[str]:
    for entry in _listing(folder):
        if entry.is_dir(follow_symlinks=False):
            if not entry.name.startswith("."):
                yield from _walk(Path(entry.path))
        elif _LIBRARY_NAME.search(entry.name):
            yield entry.path


def _listing(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, LARGEST)
    except OSError:
        # Missing metadata is a finding of the probe of distributions.
        return b""
