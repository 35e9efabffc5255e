"""Compiled extensions, read as ELF and never loaded."""

from __future__ import annotations

from doctor.core.extension import BROKEN_LIBRARIES, EXTENSIONS, TORCH_BUILD
from doctor.core.target import Facts, Probe, Target


def find(target: Target) -> Facts:
    """Find the facts of this probe."""
    return []


EXTENSIONS_PROBE = Probe(name="extensions", keys=(BROKEN_LIBRARIES, EXTENSIONS, TORCH_BUILD), find=find)
