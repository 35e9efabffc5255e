"""What releases import from each other, and which releases have it: read from wheels, and kept."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from scripts.derivation.index import Index, IndexFile, tell
from scripts.derivation.modules import Modules
from scripts.derivation.vllm_releases import is_source

READ = 4
"""The version of this reading: what an older one has kept is read again."""

_WHOLE, _PARTS = 1 << 24, 1 << 16
_LARGE = frozenset({"bitsandbytes", "numba", "ray", "torch", "torchao", "triton", "xformers", "flashinfer-python"})
"""Packages whose wheels are mostly compiled code: only the modules that are asked for are fetched."""


@dataclass(frozen=True, slots=True, order=True)
class Wanted:
    """What one module of a package imports from another package: `name` is "" for the module itself."""

    module: str
    name: str
    where: str
    always: bool

    @property
    def key(self) -> str:
        """What is asked of the releases of the other package."""
        return f"{self.module}:{self.name}"


@dataclass(frozen=True, slots=True)
class Importer:
    """A package whose imports are read: the module that it brings, the first release, and what is imported of it.

    `first` are the modules that everybody imports, `then` those of single features.
    """

    module: str
    since: str
    first: tuple[str, ...]
    then: tuple[str, ...] = ()


class Reader:
    """Reads releases through an index, and keeps what it read."""

    def __init__(self, index: Index, kept: Path, partners: Mapping[str, str]) -> None:
        self._index = index
        self._kept = kept
        self._partners = partners
        self._answers: dict[str, dict[str, bool]] = {}

    def releases(self, package: str, since: str) -> list[IndexFile]:
        """One file of each release that was not withdrawn, oldest first: a wheel for Linux, or else the sources."""
        found: dict[Version, IndexFile] = {}
        for file in self._index.files(package):
            if file.version < Version(since) or file.version.is_prerelease or file.yanked or not _usable(file, package):
                continue
            other = found.get(file.version)
            if other is None or (file.is_wheel, file.tags) > (other.is_wheel, other.tags):
                found[file.version] = file
        return [found[version] for version in sorted(found)]

    def imports(self, importer: Importer, file: IndexFile) -> list[Wanted]:
        """What a release imports from the partners."""
        digest = hashlib.sha256(repr((READ, importer, sorted(self._partners))).encode()).hexdigest()[:12]
        path = self._kept / f"imports-{digest}-{file.sha256}.json"
        if not path.exists():
            tell(f"reading what {file.filename} imports")
            with self._open(file) as archive:
                found = list(self._wanted(importer, Modules(archive, importer.module)))
            path.write_text(json.dumps([[item.module, item.name, item.where, item.always] for item in found]), "utf-8")
        return [Wanted(*item) for item in json.loads(path.read_text(encoding="utf-8"))]

    def _wanted(self, importer: Importer, modules: Modules) -> Iterable[Wanted]:
        found: dict[tuple[str, str], Wanted] = {}
        for entries, always in ((importer.first, True), (importer.then, False)):
            for where, item in modules.reached_from(entries):
                root = item.module.split(".")[0]
                if root in self._partners and item.guards <= {root}:
                    found.setdefault((item.module, item.name), Wanted(item.module, item.name, where, always))
        return sorted(found.values())

    def has(self, root: str, file: IndexFile, keys: Iterable[str]) -> dict[str, bool]:
        """Whether a release has each of the names that are asked for (``module:name``)."""
        path = self._kept / f"has-{READ}-{file.sha256}.json"
        if file.sha256 not in self._answers:
            self._answers[file.sha256] = json.loads(path.read_text("utf-8")) if path.exists() else {}
        known = self._answers[file.sha256]
        missing = sorted(key for key in keys if key not in known)
        if missing:
            tell(f"asking {file.filename} for {len(missing)} names")
            with self._open(file) as archive:
                modules = Modules(archive, root)
                known |= {key: modules.has(*key.split(":")) for key in missing}
            path.write_text(json.dumps(known), encoding="utf-8")
        return known

    def _open(self, file: IndexFile) -> zipfile.ZipFile:
        if file.package == "vllm":
            return self._index.members(file, is_source)
        if not file.is_wheel:
            return self._index.members(file, lambda name: name.endswith(".py"))
        return self._index.archive(file, _PARTS if file.package in _LARGE else _WHOLE)


def _usable(file: IndexFile, package: str) -> bool:
    if package == "vllm":
        return not file.is_wheel
    if not file.is_wheel:
        return True
    return file.tags.endswith("-any") or ("x86_64" in file.tags and "linux" in file.tags and "musl" not in file.tags)


def minor_of(version: Version) -> Version:
    """The minor version that a release is of; the month, of packages that are numbered by the year."""
    return Version(f"{version.major}.{version.minor}")


def newest_of_minors(files: Sequence[IndexFile]) -> list[IndexFile]:
    """The newest release of each minor version, oldest first."""
    return list({minor_of(file.version): file for file in files}.values())


def ends_of_minors(files: Sequence[IndexFile]) -> list[IndexFile]:
    """The oldest and the newest release of each minor version, oldest first."""
    oldest = {minor_of(file.version): file for file in reversed(files)}
    newest = {minor_of(file.version): file for file in files}
    return [file for file in files if file in oldest.values() or file in newest.values()]
