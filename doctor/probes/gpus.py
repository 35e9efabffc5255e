"""GPUs and driver, asked of NVML."""

from __future__ import annotations

from doctor.core.gpu import DRIVER, GPUS
from doctor.core.target import Facts, Probe, Target


def find(target: Target) -> Facts:
    """Find the facts of this probe."""
    return []


GPUS_PROBE = Probe(name="gpus", keys=(DRIVER, GPUS), find=find)
