"""The files that a build may copy: where a path in the image comes from."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Context:
    """The folder of a build, and what instructions have copied from it into a stage.

    `folders` are tried in their order: that of the Dockerfile, and the one that doctor was started in.
    """

    folders: tuple[Path, ...]
    copies: list[tuple[str, str]] = field(default_factory=list)

    def copied(self) -> Context:
        """The same for a stage that begins with what this one holds."""
        return Context(self.folders, list(self.copies))

    def copy(self, sources: list[str], target: str, workdir: str) -> None:
        """Note what ``COPY SOURCE... TARGET`` brings."""
        place = posixpath.join(workdir, target)
        for source in sources:
            several = len(sources) > 1 or target.endswith("/") or target in (".", "./")
            for found in self._matching(source):
                inside = (
                    posixpath.join(place, posixpath.basename(found))
                    if several and not self._is_folder(found)
                    else place
                )
                self.copies.append((posixpath.normpath(inside), found))

    def bind(self, source: str, target: str, workdir: str) -> None:
        """Note what ``RUN --mount=type=bind,source=...,target=...`` shows."""
        self.copies.append((posixpath.normpath(posixpath.join(workdir, target)), source.lstrip("/")))

    def find(self, path: str, workdir: str) -> Path | None:
        """The file here that a path in the image is a copy of; None where that is not told."""
        wanted = posixpath.normpath(posixpath.join(workdir, path))
        for place, source in reversed(self.copies):
            if place == wanted:
                relative = source
            elif wanted.startswith(place.rstrip("/") + "/"):
                relative = posixpath.join(source, posixpath.relpath(wanted, place))
            else:
                continue
            found = next((folder / relative for folder in self.folders if (folder / relative).is_file()), None)
            if found is not None and self._is_inside(found):
                return found
        return None

    def _matching(self, source: str) -> list[str]:
        if not any(mark in source for mark in "*?["):
            return [source.lstrip("/") or "."]
        names = [
            path.relative_to(folder).as_posix() for folder in self.folders for path in folder.glob(source.lstrip("/"))
        ]
        return list(dict.fromkeys(names))

    def _is_folder(self, source: str) -> bool:
        return any((folder / source).is_dir() for folder in self.folders)

    def _is_inside(self, path: Path) -> bool:
        """Docker gives a build nothing from outside of its context, and neither is it read here."""
        resolved = path.resolve()
        return any(resolved.is_relative_to(folder.resolve()) for folder in self.folders)
