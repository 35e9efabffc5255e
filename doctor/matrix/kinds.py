"""The kinds of rows that a matrix has."""

from __future__ import annotations

from typing import Any

from doctor.core.breakage import Breakage
from doctor.core.matrix import AdapterKey, CudaRelease, Floor, Generation, GpuModel, KnownGoodSet, Pair, WheelBuild

ROW_TYPES: dict[str, type[Any]] = {
    "set": KnownGoodSet,
    "cuda": CudaRelease,
    "gpu": GpuModel,
    "wheel": WheelBuild,
    "pair": Pair,
    "breakage": Breakage,
    "adapter-key": AdapterKey,
    "floor": Floor,
    "generation": Generation,
}
"""The tables of a matrix file, by their TOML name."""


def key_of(value: Any) -> tuple[str, ...]:
    """What makes a row one of its kind: two rows with one key speak of the same thing."""
    kind = type(value).__name__
    if isinstance(value, WheelBuild):
        return (kind, value.package, value.version, value.machine)
    if isinstance(value, CudaRelease):
        return (kind, value.version)
    return (kind, value.name)
