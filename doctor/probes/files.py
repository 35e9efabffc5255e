"""The files of installed distributions held against their RECORDs."""

from __future__ import annotations

from doctor.core.distribution import DAMAGED_FILES, SHARED_FILES
from doctor.core.target import Facts, Probe, Target


def find(target: Target) -> Facts:
    """Find the facts of this probe."""
    return []


FILES_PROBE = Probe(name="files", keys=(DAMAGED_FILES, SHARED_FILES), find=find)
