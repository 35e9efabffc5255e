"""Where a problem is told to lie, for readers that show it beside a file."""

from __future__ import annotations

from pathlib import PurePosixPath

from doctor.core.fact import Known, Source, SourceKind
from doctor.core.frozen import frozen
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Outcome, Problem
from doctor.formats.rendering import Rendering

_FILES = (SourceKind.DIST_INFO, SourceKind.ELF, SourceKind.FILE, SourceKind.CONFIG, SourceKind.LOCK)


@frozen
class Place:
    """A file below the folder `base` (``ENVIRONMENT`` or ``WORKSPACE``), by its relative path, and a 1-based line.

    Absolute paths name the machine, and differ on every runner: readers that follow a finding
    from run to run would take it for a new one.
    """

    base: str
    path: str
    line: int = 1


def place_of(rendering: Rendering, outcome: Outcome, problem: Problem) -> Place | None:
    """The file of a problem: its own location, or the first file that its rule has read; None without any."""
    sources = [problem.location] if problem.location else [item.source for item in outcome.evidence]
    for source in sources:
        if source.kind in _FILES and (place := _relative(source, _prefix(rendering))):
            return place
    return None


def _prefix(rendering: Rendering) -> str:
    fact = rendering.snapshot.get(INTERPRETER)
    return fact.value.prefix if isinstance(fact, Known) else ""


def _relative(source: Source, prefix: str) -> Place | None:
    path = PurePosixPath(source.where)
    line = source.line or 1
    if prefix and path.is_relative_to(prefix) and path != PurePosixPath(prefix):
        return Place(base="ENVIRONMENT", path=str(path.relative_to(prefix)), line=line)
    if not path.is_absolute() and ".." not in path.parts and source.where.strip():
        return Place(base="WORKSPACE", path=str(path), line=line)
    return None
