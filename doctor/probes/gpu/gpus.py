"""GPUs and driver, asked of NVML and, where that does not start, of the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.machine.gpu import DRIVER, GPUS, NVML, VISIBLE_DEVICES, Driver, Gpu, Nvml
from doctor.core.snapshot import Key
from doctor.core.target import Facts, Probe, Target
from doctor.probes.gpu.hardware import Roots, find_hardware, find_kernel_module, is_jetson
from doctor.probes.gpu.nvml import Library, NvmlFaultError, convert, start, text
from doctor.probes.gpu.queries import describe_gpu, open_gpus
from doctor.probes.gpu.visible_devices import find_visible_devices

_INIT = Source(kind=SourceKind.NVML, where="nvmlInit")

Pairs = list[tuple[Key[Any], Fact[Any]]]


def find(target: Target) -> Facts:
    """Find the GPUs, their driver and what CUDA_VISIBLE_DEVICES hides."""
    return find_gpus(target.environ)


def find_gpus(environ: Mapping[str, str], roots: Roots = Roots()) -> Facts:  # noqa: B008 - frozen
    """Find the facts of this probe on the machine that shows itself under `roots`.

    Nothing but a machine without any trace of NVIDIA's hardware makes them Absent.
    """
    hardware = find_hardware(roots)
    module = find_kernel_module(roots)
    try:
        library = start(roots.libraries)
    except NvmlFaultError as error:
        pairs = _without_nvml(error, hardware, module, roots)
    else:
        pairs = _with_nvml(library, hardware, module)
    gpus = {key.name: fact for key, fact in pairs}[GPUS.name]
    return [*pairs, (VISIBLE_DEVICES, find_visible_devices(environ, gpus))]


def _with_nvml(library: Library, hardware: tuple[str, ...], module: Fact[str]) -> Pairs:
    driver = Driver(
        version=convert(library.ask("nvmlSystemGetDriverVersion"), text),
        cuda=convert(
            library.ask("nvmlSystemGetCudaDriverVersion_v2", "nvmlSystemGetCudaDriverVersion"),
            # 12040 is 12.4.
            lambda number: f"{number // 1000}.{number % 1000 // 10}",
        ),
        kernel_module=module,
    )
    return [
        (NVML, Known(value=Nvml(fault="", detail="", hardware=hardware), source=_INIT)),
        (DRIVER, Known(value=driver, source=_INIT)),
        (GPUS, _gpus(library)),
    ]


def _gpus(library: Library) -> Fact[tuple[Gpu, ...]]:
    count = library.ask("nvmlDeviceGetCount")
    if not isinstance(count, Known):
        return count
    handles = open_gpus(library, count.value)
    return Known(value=tuple(describe_gpu(library, handle, handles) for handle in handles), source=count.source)


def _without_nvml(error: NvmlFaultError, hardware: tuple[str, ...], module: Fact[str], roots: Roots) -> Pairs:
    if error.fault == "no-library" and is_jetson(roots):
        detail = "this Jetson has no NVML, so its GPU was not examined"
        unsupported: Unknown[Any] = Unknown(reason=Reason.UNSUPPORTED, detail=detail, source=_INIT)
        return [(NVML, unsupported), (DRIVER, unsupported), (GPUS, unsupported)]
    no_trace = not hardware and isinstance(module, Absent)
    if no_trace and error.fault in ("no-library", "driver-not-loaded"):
        absent: Absent[Any] = Absent(source=_INIT, detail="this machine shows no NVIDIA GPU")
        return [(NVML, absent), (DRIVER, absent), (GPUS, absent)]
    reason = Reason.NO_PERMISSION if error.fault == "no-permission" else Reason.FAILED
    unknown: Unknown[Any] = Unknown(reason=reason, detail=error.detail, source=_INIT)
    return [
        (NVML, Known(value=Nvml(fault=error.fault, detail=error.detail, hardware=hardware), source=_INIT)),
        (DRIVER, Known(value=Driver(version=unknown, cuda=unknown, kernel_module=module), source=_INIT)),
        (GPUS, unknown),
    ]


# A healthy NVML starts in well under a second, without persistence mode in a few; a driver in
# trouble blocks for minutes.
GPUS_PROBE = Probe(name="gpus", keys=(NVML, DRIVER, GPUS, VISIBLE_DEVICES), find=find, deadline=15.0)
