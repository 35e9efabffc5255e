"""The GPUs and other accelerators in a text of collect_env."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from doctor.intake.collect_env_grammar import Entry
from doctor.intake.stated import StatedGpu
from doctor.intake.stated_platform import Said

_GPUS = "GPU models and configuration"
_EMPTY = ("could not collect", "no cuda", "n/a", "none", "")
_UUID = re.compile(r"\s*\(UUID:[^)]{0,80}\)?")
_LINK = re.compile(r"(?:NV\d{1,2}|PIX|PXB|PHB|NODE|SYS|X)$")
_MOST = 512


def gpus_of(entries: Sequence[Entry]) -> tuple[StatedGpu, ...] | None:
    """The GPUs that nvidia-smi listed; None where the text lists none, for whatever reason."""
    place = next((at for at, entry in enumerate(entries) if entry.name == _GPUS and _lists(entries, at)), None)
    if place is None:
        return None
    found = []
    for entry in entries[place + 1 : place + 1 + _MOST]:
        if entry.kind != "gpu":
            break
        found.append(StatedGpu(name=_name(entry.value), line=entry.line, mig=_is_partitioned(entry)))
    if not found:
        found = [StatedGpu(name=_name(value), line=entries[place].line) for value in entries[place].values[:1]]
    links = _links(entries, len(found))
    return tuple(replace(gpu, links=links.get(index)) for index, gpu in enumerate(found))


def accelerator_of(entries: Sequence[Entry], said: Callable[[str], Said | None]) -> Said | None:
    """The device that is not NVIDIA's, where the text is of a machine with one."""
    torch = said("PyTorch version")
    rocm = said("ROCM used to build PyTorch")
    if rocm is not None or (torch is not None and "+rocm" in torch.value):
        device = said(_GPUS)
        return _named("ROCm", device, rocm or torch)
    if any(entry.name == _GPUS and _lists(entries, at) for at, entry in enumerate(entries)):
        return None
    xpu = said("Is XPU available")
    if xpu is not None and xpu.value.lower() in ("true", "yes"):
        return _named("Intel XPU", said("Intel GPU models"), xpu)
    neuron = said("Neuron SDK Version")
    if neuron is not None:
        return Said("AWS Neuron", neuron.line)
    tpu = next((entry for entry in entries if entry.kind == "list" and _is_tpu(entry.value)), None)
    if tpu is not None:
        return Said("Google TPU", tpu.line)
    system = said("OS")
    if system is not None and system.value.lower().startswith(("macos", "mac os")):
        return _named("macOS", said("CPU"), system)
    return None


def _lists(entries: Sequence[Entry], place: int) -> bool:
    follows = place + 1 < len(entries) and entries[place + 1].kind == "gpu"
    return follows or entries[place].value.lower().rstrip(". ") not in _EMPTY


def _named(kind: str, device: Said | None, where: Said | None) -> Said:
    line = where.line if where else None
    return Said(f"{kind}: {device.value}" if device else kind, line)


def _is_tpu(value: str) -> bool:
    return value.lower().startswith(("torch-xla", "torch_xla", "libtpu", "vllm-tpu", "vllm_tpu"))


def _name(value: str) -> str:
    return _UUID.sub("", value).strip()[:200]


def _is_partitioned(entry: Entry) -> bool | None:
    """nvidia-smi lists the instances of a GPU below it; that there are none does not say that MIG is off."""
    return True if any(line.startswith("MIG ") for line in entry.values[1:]) else None


def _links(entries: Sequence[Entry], count: int) -> dict[int, tuple[str, ...]]:
    """The connections between GPUs, where nvidia-smi's matrix has kept its lines."""
    topology = next((entry for entry in entries if entry.name == "GPU Topology"), None)
    found: dict[int, tuple[str, ...]] = {}
    for line in topology.values if topology else ():
        cells = line.split()
        label = re.fullmatch(r"GPU(\d{1,3})", cells[0])
        row = cells[1 : count + 1]
        if label is None or len(row) < count or not all(_LINK.match(cell) for cell in row):
            continue
        found[int(label[1])] = tuple(f"{other} {cell}" for other, cell in enumerate(row) if cell != "X")
    return found
