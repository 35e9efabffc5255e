"""The GPUs that a server is planned for: named ones, or those of a snapshot."""

from __future__ import annotations

import re

from doctor.core.fact import Fact, Known, Reason, Unknown, value_or
from doctor.core.machine.architecture import parse_capability
from doctor.core.machine.gpu import GPUS, Gpu
from doctor.core.matrix import Matrix
from doctor.core.serving import GIB, MIB
from doctor.core.snapshot import Snapshot
from doctor.serving.demand import PlanningError
from doctor.serving.wishes import Hardware

_SIZE = re.compile(r"\b(\d{1,4}) ?GB\b")
"""The size that is part of some names (``NVIDIA A100-SXM4-80GB``)."""


def hardware_of(snapshot: Snapshot, matrix: Matrix, *, name: str, memory: int, gpus: int) -> Hardware:
    """The GPUs of the name `name` and of `memory` bytes each, where one is given; else those of the snapshot.

    Raises:
        PlanningError: the name is not known, or there are not so many GPUs.
    """
    if name or memory:
        return _named(matrix, name, memory, gpus)
    found = value_or(snapshot.get(GPUS), ())
    if not found:
        hint = "name the one that will serve with --gpu NAME or --gpu-memory GIB"
        raise PlanningError("there is no GPU here to plan for", hint=hint)
    if gpus > len(found):
        hint = "name the GPUs of another machine with --gpu"
        raise PlanningError(f"{gpus} GPUs were asked for, and here are {len(found)}", hint=hint)
    return _present(found[:gpus])


def _named(matrix: Matrix, name: str, memory: int, gpus: int) -> Hardware:
    row = matrix.gpu_model(name) if name else None
    if name and row is None:
        hint = "write it as nvidia-smi shows it, or give --gpu-memory alone"
        raise PlanningError(f"the matrix knows no GPU {name!r}", hint=hint)
    stated = _SIZE.search(name)
    size = memory or (int(stated[1]) * GIB if stated else 0)
    if not size:
        raise PlanningError(f"the memory of {name} is not known", hint="give that of one GPU with --gpu-memory GIB")
    capability = parse_capability(row.capability) if row else None
    return Hardware(name=name, memory=size, free=size, gpus=gpus, capability=capability)


def _present(gpus: tuple[Gpu, ...]) -> Hardware:
    """The smallest memory, the least free one and the lowest capability count: the GPUs work in step."""
    sizes = [_sizes_of(gpu) for gpu in gpus]
    capabilities = [parse_capability(value_or(gpu.capability, "")) for gpu in gpus]
    known = [item for item in capabilities if item is not None]
    return Hardware(
        name=value_or(gpus[0].name, ""),
        memory=min(total for total, _ in sizes),
        free=min(free for _, free in sizes),
        gpus=len(gpus),
        capability=min(known) if len(known) == len(gpus) else None,
    )


def _sizes_of(gpu: Gpu) -> tuple[int, int]:
    """The bytes of a GPU and those of it that are free; one that is only named is taken to be free."""
    stated = _SIZE.search(value_or(gpu.name, ""))
    if stated and _is_not_stated(gpu.memory_total) and _is_not_stated(gpu.memory_free):
        return int(stated[1]) * GIB, int(stated[1]) * GIB
    for what, fact in (("memory", gpu.memory_total), ("free memory", gpu.memory_free)):
        if not isinstance(fact, Known):
            raise PlanningError(f"the {what} of GPU {gpu.index} is not known", hint="give --gpu-memory GIB")
    return value_or(gpu.memory_total, 0) * MIB, value_or(gpu.memory_free, 0) * MIB


def _is_not_stated(fact: Fact[int]) -> bool:
    return isinstance(fact, Unknown) and fact.reason is Reason.NOT_STATED
