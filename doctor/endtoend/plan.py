"""Whether a given model can be proven in the memory that there is, planned before anything is started."""

from __future__ import annotations

from typing import Any

from doctor.core.artifact.folder import Artifacts
from doctor.core.artifact.model import BASE, MODEL, ModelFolder
from doctor.core.endtoend import DEFAULT_ARCHITECTURE
from doctor.core.fact import Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.machine.gpu import GPUS, Gpu
from doctor.core.machine.system import MEMORY
from doctor.core.snapshot import Key, Snapshot
from doctor.endtoend.job import Job

NEEDED = (MODEL, BASE, MEMORY, GPUS)
"""The facts that a plan is made from."""

SPARE_MIB = 1_500
"""What Python, torch and vLLM take beside the weights (0.7 GB were measured with a tiny model)."""

SLACK = 1.15
"""Weights are held once, and a little twice while they are put in place."""

_MIB = 1 << 20
_SOURCE = Source(kind=SourceKind.RUN, where="end-to-end: plan")


def plan(snapshot: Snapshot, artifacts: Artifacts, architecture: str = DEFAULT_ARCHITECTURE) -> Job | Unknown[Any]:
    """Return what the proof is to be made with, or why it cannot be made with the folders that were given.

    Adapters are put on the base model where one is named, for what they were merged into holds them
    already. Without a folder it is a tiny model of `architecture`.
    """
    on_base = bool(artifacts.base and artifacts.adapters)
    folder = artifacts.base if on_base else artifacts.model
    if not folder:
        return Job(architecture=architecture)
    elements = _elements(snapshot.get(BASE if on_base else MODEL))
    if isinstance(elements, Unknown):
        return elements
    memory = snapshot.get(MEMORY)
    if not isinstance(memory, Known):
        return _refusal("how much memory this machine has is not known: a model that is too large would fill it")
    room = min(memory.value.available, memory.value.limit or memory.value.available)
    exact, half = _needed(elements, 4), _needed(elements, 2)
    if room < half:
        return _refusal(
            f"{folder} needs {half} MiB of memory in 16 bit, and {room} MiB are available: use a machine with more, "
            "or leave --model out and prove the environment with a tiny model"
        )
    short = _short_gpu(snapshot.get(GPUS), half)
    if short is not None:
        return _refusal(f"{folder} needs {half} MiB of a GPU, and {short}")
    reference = "float32" if room >= exact else "half"
    return Job(architecture=architecture, model=folder, adapters=artifacts.adapters, reference=reference)


def _elements(fact: Fact[ModelFolder]) -> int | Unknown[Any]:
    """How many numbers the weights of a folder hold."""
    if not isinstance(fact, Known):
        return _refusal("the model folder could not be read")
    readable = [item for item in fact.value.known_weights() if item.readable]
    if not readable or len(readable) < len(fact.value.weights):
        return _refusal(f"{fact.value.path} holds no safetensors files that can all be read: see the topic MODEL")
    total = 0
    for item in readable:
        total += sum(tensor.elements for tensor in item.tensors().values())
    return total


def _needed(elements: int, size: int) -> int:
    return int(elements * size * SLACK / _MIB) + SPARE_MIB


def _short_gpu(fact: Fact[tuple[Gpu, ...]], needed: int) -> str | None:
    """What is said of the GPU with the most free memory, where that is too little."""
    gpus = fact.value if isinstance(fact, Known) else ()
    free = [gpu.memory_free.value for gpu in gpus if isinstance(gpu.memory_free, Known)]
    if not free or max(free) >= needed:
        return None
    return f"the one with the most free memory has {max(free)} MiB free"


def _refusal(detail: str) -> Unknown[Any]:
    return Unknown(reason=Reason.UNSUPPORTED, detail=detail, source=_SOURCE)


def keys_needed(artifacts: Artifacts) -> frozenset[str]:
    """The names of the facts that a plan reads; none for a tiny model."""
    needed: tuple[Key[Any], ...] = NEEDED if artifacts.model or artifacts.base else ()
    return frozenset(key.name for key in needed)
