"""Reading CUDA_VISIBLE_DEVICES the way that CUDA does.

https://docs.nvidia.com/cuda/cuda-c-programming-guide/#env-vars
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.machine.gpu import Gpu, VisibleDevices

_VARIABLE = "CUDA_VISIBLE_DEVICES"


def find_visible_devices(environ: Mapping[str, str], gpus: Fact[tuple[Gpu, ...]]) -> Fact[VisibleDevices]:
    """Return which GPUs the variable leaves visible; Absent when it is not set."""
    source = Source(kind=SourceKind.ENV_VAR, where=_VARIABLE)
    value = environ.get(_VARIABLE)
    if value is None:
        return Absent(source=source, detail=f"{_VARIABLE} is not set")
    entries = [entry.strip() for entry in value.split(",")]
    order = environ.get("CUDA_DEVICE_ORDER", "")
    if isinstance(gpus, Absent):
        return Absent(source=source, detail=gpus.detail)
    if isinstance(gpus, Unknown) and not _hides_all(entries):
        detail = "the GPUs that its entries could name are not known"
        return Unknown(reason=gpus.reason, detail=detail, source=source)
    listed = gpus.value if isinstance(gpus, Known) else ()
    indexes: list[int] = []
    missing = ""
    for entry in entries:
        if _ends(entry):
            break
        found = _find(entry, listed)
        if found is None and not entry.isdigit() and _unnamed(listed):
            detail = f"{entry} could be a GPU whose UUID is not known"
            return Unknown(reason=Reason.FAILED, detail=detail, source=source)
        if found is None:
            missing = entry
            break
        indexes.append(found)
    by_index = any(entry.isdigit() for entry in entries)
    visible = VisibleDevices(value=value, order=order, indexes=tuple(indexes), missing=missing, by_index=by_index)
    return Known(value=visible, source=source)


def _ends(entry: str) -> bool:
    # An empty entry and a negative number name nothing, and are how a list is ended on purpose.
    return entry in ("", "NoDevFiles") or re.fullmatch(r"-\d+", entry) is not None


def _hides_all(entries: Sequence[str]) -> bool:
    return _ends(entries[0])


def _find(entry: str, gpus: Sequence[Gpu]) -> int | None:
    if entry.isdigit():
        return int(entry) if int(entry) < len(gpus) else None
    # MIG-GPU-<uuid>/<instance>/<instance> was the form before driver 470.
    wanted = entry.removeprefix("MIG-").partition("/")[0] if entry.startswith("MIG-GPU-") else entry
    found = {gpu.index for gpu in gpus for uuid in _uuids(gpu) if uuid.startswith(wanted)}
    # A shortened UUID must name one GPU.
    return found.pop() if len(found) == 1 else None


def _uuids(gpu: Gpu) -> tuple[str, ...]:
    own = (gpu.uuid.value,) if isinstance(gpu.uuid, Known) else ()
    parts = gpu.mig_devices.value if isinstance(gpu.mig_devices, Known) else ()
    return (*own, *parts)


def _unnamed(gpus: Sequence[Gpu]) -> bool:
    return any(isinstance(gpu.uuid, Unknown) or isinstance(gpu.mig_devices, Unknown) for gpu in gpus)
