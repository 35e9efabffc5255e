"""The C compiler and Python headers that Triton needs."""

from __future__ import annotations

from doctor.core.system import COMPILER
from doctor.core.target import Facts, Probe, Target


def find(target: Target) -> Facts:
    """Find the facts of this probe."""
    return []


COMPILER_PROBE = Probe(name="compiler", keys=(COMPILER,), find=find)
