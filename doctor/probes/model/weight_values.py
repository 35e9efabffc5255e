"""The values of a model folder's weights, which are read only where --deep asks for it."""

from __future__ import annotations

from doctor.core.artifact.folder import FileKind
from doctor.core.artifact.model import WEIGHT_VALUES, ScannedFile, deep_not_asked_for
from doctor.core.fact import Source, SourceKind
from doctor.core.target import Facts, Probe, Target
from doctor.probes.artifact.listing import list_files
from doctor.probes.artifact.values import scan_values
from doctor.probes.attempt import attempt

DEADLINE = 3600.0
"""Seconds: a processor looks at one to two GiB of weights in a second, and a network file system gives less."""


def find(target: Target) -> Facts:
    """Find the fact of this probe: every safetensors file is read to its end, 8 MiB at a time."""
    folder = target.artifacts.model
    if not folder or not target.deep:
        return [(WEIGHT_VALUES, deep_not_asked_for())]
    source = Source(kind=SourceKind.FILE, where=folder)
    return [attempt(WEIGHT_VALUES, source, lambda: read_values(folder))]


def read_values(folder: str) -> tuple[ScannedFile, ...]:
    """Read the values of all safetensors files of a folder.

    Raises:
        OSError: it cannot be listed.
        ValueError: it has too many entries.
    """
    names = [item.name for item in list_files(folder) if item.kind is FileKind.SAFETENSORS]
    return tuple(ScannedFile(name=name, values=scan_values(folder, name)) for name in names)


WEIGHT_VALUES_PROBE = Probe(name="weight values", keys=(WEIGHT_VALUES,), find=find, deadline=DEADLINE)
