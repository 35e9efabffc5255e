"""The machine around the environment."""

from __future__ import annotations

from doctor.core.interpreter import PLATFORM
from doctor.core.system import CPU, DISKS, LIMITS, LOADER_ENTRIES, MEMORY, SHARED_MEMORY, TOOLKITS, VARIABLES
from doctor.core.target import Facts, Probe, Target


def find(target: Target) -> Facts:
    """Find the facts of this probe."""
    return []


SYSTEM_PROBE = Probe(
    name="system",
    keys=(CPU, DISKS, LIMITS, LOADER_ENTRIES, MEMORY, PLATFORM, SHARED_MEMORY, TOOLKITS, VARIABLES),
    find=find,
)
