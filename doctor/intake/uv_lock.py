"""``uv.lock``: one resolution for all platforms, of which a target gets what its project reaches.

https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile. The packages are followed from the
project on: every edge has the marker, and where a resolution forks the version, that it is for.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from doctor.core.errors import TargetError
from doctor.intake.pins import Listing, Pin
from doctor.intake.toml_lock import LockTable

NEWEST = 1
"""The version of the format; what is added in revisions is ignored by those who do not know it."""

DEFAULT_GROUPS = ("dev",)
"""What `uv sync` installs without being asked (https://docs.astral.sh/uv/concepts/projects/dependencies/#default-groups)."""

_ORIGINS = {"registry": "index", "git": "vcs", "url": "url", "path": "local", "directory": "local"}
_OWN = ("virtual", "editable")
"""The sources of the project itself and of the members of its workspace."""

Table = dict[str, Any]


class Edge(Struct):
    """What a package asks for."""

    name: str
    version: str = ""
    marker: str = ""
    extra: list[str] = []


class Package(Struct, rename="kebab"):
    """One package; its source tells by a key of what kind it is."""

    dependencies: list[Edge] = []
    optional_dependencies: dict[str, list[Edge]] = {}
    dev_dependencies: dict[str, list[Edge]] = {}


class Conflict(Struct):
    """An extra or a group that others exclude."""

    package: str
    extra: str = ""
    group: str = ""


class Format(Struct):
    """What is read of the file."""

    package: list[Package] = []
    conflicts: list[list[Conflict]] = []


def read(path: Path, listing: Listing) -> None:
    """Read a ``uv.lock`` with the extras and the dependency groups of the target.

    Raises:
        TargetError: it is none, is for another Python, or has no such extra or group.
    """
    lock = LockTable(path)
    if lock.tables.get("version") != NEWEST:
        raise lock.error(f"its format has version {lock.tables.get('version')}, and {NEWEST} is known")
    lock.require(Format)
    lock.require_python(lock.tables.get("requires-python"), listing.target)
    _Walk(lock, listing).run()


class _Walk:
    def __init__(self, lock: LockTable, listing: Listing) -> None:
        self.lock, self.listing = lock, listing
        self.nodes: dict[str, list[tuple[Table, int]]] = {}
        for table, line in lock.packages("package"):
            self.nodes.setdefault(table["name"], []).append((table, line))
        self.seen: set[tuple[int, str]] = set()
        self.active: frozenset[str] = frozenset()

    def run(self) -> None:
        """Follow what the project asks for, with its extras and groups."""
        roots = self._roots()
        if not roots:
            raise self.lock.error("it names no project, and a script's requirements are its own list")
        self.active = frozenset(self._conflicting())
        for table, line in roots:
            self._enter(table, line, frozenset(self.listing.target.extras))
            for edge in self._of_groups(table):
                self._follow(edge)
        self._require_found(roots)

    def _roots(self) -> list[tuple[Table, int]]:
        """The project at the root; of a workspace without one all its members."""
        own = [
            node for nodes in self.nodes.values() for node in nodes if any(kind in _source(node[0]) for kind in _OWN)
        ]
        return [node for node in own if any(_source(node[0]).get(kind) == "." for kind in _OWN)] or own

    def _conflicting(self) -> Iterator[str]:
        """The names that markers have for the chosen extras and groups, where these exclude others."""
        target = self.listing.target
        groups = DEFAULT_GROUPS if target.groups is None else target.groups
        for conflict in self.lock.tables.get("conflicts", ()):
            for item in conflict:
                package = item["package"]
                if item.get("extra") in target.extras:
                    yield f"extra-{len(package)}-{package}-{item['extra']}"
                if item.get("group") in groups:
                    yield f"group-{len(package)}-{package}-{item['group']}"

    def _of_groups(self, table: Table) -> Iterator[Table]:
        wanted = self.listing.target.groups
        groups = table.get("dev-dependencies", {})
        for group in DEFAULT_GROUPS if wanted is None else wanted:
            yield from groups.get(group, ())

    def _enter(self, table: Table, line: int, extras: frozenset[str]) -> None:
        for extra in ("", *sorted(extras)):
            if (id(table), extra) in self.seen:
                continue
            self.seen.add((id(table), extra))
            if not extra:
                self._take(table, line)
            edges = table.get("optional-dependencies", {}).get(extra, ()) if extra else table.get("dependencies", ())
            for edge in edges:
                self._follow(edge)

    def _follow(self, edge: Table) -> None:
        name = edge["name"]
        if not self.listing.counts(self.lock.marker(edge.get("marker"), name), name, self.active):
            return
        table, line = self._node(edge, name)
        self._enter(table, line, frozenset(edge.get("extra", ())))

    def _node(self, edge: Table, name: str) -> tuple[Table, int]:
        nodes = [
            node
            for node in self.nodes.get(name, ())
            if edge.get("version", node[0].get("version")) == node[0].get("version")
            and edge.get("source", _source(node[0])) == _source(node[0])
        ]
        if len(nodes) != 1:
            raise self.lock.error(f"{name} {edge.get('version', '')} is asked for and stands {len(nodes)} times in it")
        return nodes[0]

    def _take(self, table: Table, line: int) -> None:
        source, name = _source(table), table["name"]
        if any(kind in source for kind in _OWN):
            return
        origin = next((origin for kind, origin in _ORIGINS.items() if kind in source), "index")
        version = table.get("version")
        if not isinstance(version, str):
            self.listing.leave(name, f"{name} has no version in {self.lock.path.name}")
            return
        path = str(self.lock.path)
        self.listing.take(Pin(name=name, version=version, text=name, line=line, file=path, origin=origin))

    def _require_found(self, roots: list[tuple[Table, int]]) -> None:
        target = self.listing.target
        extras = {extra for table, _ in roots for extra in table.get("optional-dependencies", {})}
        groups = {group for table, _ in roots for group in table.get("dev-dependencies", {})}
        for kind, wanted, there in (("extra", target.extras, extras), ("group", target.groups or (), groups)):
            gone = [name for name in wanted if name not in there]
            if gone:
                known = ", ".join(sorted(there)) or "none"
                raise TargetError(f"{self.lock.path} has no {kind} {gone[0]}", hint=f"it has {known}")


def _source(table: Table) -> Table:
    found = table.get("source", {})
    return found if isinstance(found, dict) else {}
