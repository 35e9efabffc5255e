"""Installed distributions, read from their metadata files."""

from __future__ import annotations

from doctor.core.distribution import DISTRIBUTIONS, LEFTOVERS, SHADOWS
from doctor.core.target import Facts, Probe, Target


def find(target: Target) -> Facts:
    """Find the facts of this probe."""
    return []


DISTRIBUTIONS_PROBE = Probe(name="distributions", keys=(DISTRIBUTIONS, LEFTOVERS, SHADOWS), find=find)
