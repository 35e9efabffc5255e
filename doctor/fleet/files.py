"""Reports that lie in files: the launcher that every other one can be replaced by."""

from __future__ import annotations

import glob
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from doctor.core.errors import TargetError
from doctor.core.fleet.members import Arrival, NodeState
from doctor.fleet.node_report import LARGEST

ENDING = ".json"
"""Of the files of a folder that are reports; what else lies there (logs, lists of hosts) is not looked at."""


def find_reports(places: Iterable[str]) -> list[Path]:
    """The files that are named: files as they are, all reports of a folder, all that a pattern matches.

    A file that is named twice is taken once.

    Raises:
        TargetError: there is no such file.
    """
    found: dict[Path, None] = {}
    for place in places:
        found.update(dict.fromkeys(_find(place)))
    return list(found)


def _find(place: str) -> list[Path]:
    path = Path(place)
    try:
        if path.is_dir():
            return sorted(item for item in path.iterdir() if item.suffix == ENDING and not item.name.startswith("."))
        if path.exists() or path.is_symlink():
            return [path]
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise TargetError(f"{place[:200]} cannot be looked at: {error.strerror}") from error
    if glob.has_magic(place):
        return [Path(item) for item in sorted(glob.glob(place))]  # noqa: PTH207 - Path.glob takes no absolute pattern
    hint = "reports are files, folders of *.json, or patterns such as 'reports/*.json'"
    raise TargetError(f"{place}: there is no such file or folder", hint=hint)


def arrivals(paths: Iterable[Path]) -> Iterator[Arrival]:
    """Read reports one by one; a node goes by the name of its file until its report says more.

    A file that cannot be read is an arrival too.
    """
    for path in paths:
        name, origin = path.name.removesuffix(ENDING), str(path)
        try:
            content = _read(path)
        except OSError as error:
            state, detail = NodeState.UNREADABLE, f"{path} cannot be read: {error.strerror or error}"
            yield Arrival(node=name, state=state, detail=detail, origin=origin)
        else:
            yield Arrival(node=name, content=content, origin=origin)


def read_stream(stream: BinaryIO) -> Iterator[Arrival]:
    """Read reports that follow each other; each goes by the name that its node has for itself.

    A line that begins with a brace begins a report, as in what `doctor snapshot` writes, in indented JSON and where a
    line holds a whole report.
    """
    lines: list[bytes] = []
    number, size = 1, 0
    while line := stream.readline(LARGEST):
        if line.startswith(b"{") and b"".join(lines).strip():
            yield _of_stream(lines, number)
            lines, number, size = [], number + 1, 0
        if size <= LARGEST:  # and no more than shows that it is too large for a report
            lines.append(line)
            size += len(line)
    if b"".join(lines).strip():
        yield _of_stream(lines, number)


def _of_stream(lines: list[bytes], number: int) -> Arrival:
    return Arrival(node="", content=b"".join(lines), origin=f"report {number} of standard input")


def _read(path: Path) -> bytes:
    """The bytes of a regular file, of a larger one than any report just enough to see that it is one."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError("it is not a regular file")
    with path.open("rb") as file:
        return file.read(LARGEST + 1)
