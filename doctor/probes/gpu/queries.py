"""What is asked of each GPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.frozen import light_dataclass
from doctor.core.machine.gpu import Gpu
from doctor.probes.gpu.nvml import DEVICE_FAULTS, GPU_IS_LOST, INVALID_ARGUMENT, Library, convert, text

MIB = 1024 * 1024

# Bits of the clocks' event reasons (nvml.h). Idle GPUs and clocks that someone has set are
# listed too: whether a reason is bad is a rule's judgement.
_SLOWDOWNS = {
    0x1: "idle",
    0x2: "application clocks",
    0x4: "software power cap",
    0x8: "hardware slowdown",
    0x10: "sync boost",
    0x20: "software thermal slowdown",
    0x40: "hardware thermal slowdown",
    0x80: "hardware power brake",
    0x100: "display clocks",
}
_COMPUTE_MODES = {0: "Default", 1: "Exclusive_Thread", 2: "Prohibited", 3: "Exclusive_Process"}
_TOPOLOGY = {0: "X", 10: "PIX", 20: "PXB", 30: "PHB", 40: "NODE", 50: "SYS"}
"""The words of `nvidia-smi topo -m` for NVML's levels."""
_UNCORRECTED, _VOLATILE = 1, 0
_NVLINK_SWITCH = 2
_NO_VALUE = (1 << 64) - 1


@light_dataclass(frozen=True)
class Handle:
    """NVML's handle of the GPU at `index`, or the fact that says why there is none."""

    index: int
    fact: Fact[Any]
    fault: str = ""


def open_gpus(library: Library, count: int) -> tuple[Handle, ...]:
    """Get the handles of all GPUs; one that is lost does not hide the others."""
    handles = []
    for index in range(count):
        library.codes.clear()
        fact = library.ask("nvmlDeviceGetHandleByIndex", arguments=(index,))
        handles.append(Handle(index, fact, _fault(library.codes) if isinstance(fact, Unknown) else ""))
    return tuple(handles)


def describe_gpu(library: Library, handle: Handle, all_handles: Sequence[Handle]) -> Gpu:
    """Ask everything of one GPU; each answer is a fact of its own."""
    if not isinstance(handle.fact, Known):
        return _unreachable(handle)
    library.codes.clear()
    device = (handle.fact.value,)
    memory = library.ask("nvmlDeviceGetMemoryInfo", arguments=device, no_feature="the GPU uses the CPU's memory")
    mig = library.ask("nvmlDeviceGetMigMode", arguments=device, no_feature="the GPU cannot be partitioned")
    return Gpu(
        index=handle.index,
        uuid=convert(library.ask("nvmlDeviceGetUUID", arguments=device), text),
        name=convert(library.ask("nvmlDeviceGetName", arguments=device), text),
        capability=convert(
            library.ask("nvmlDeviceGetCudaComputeCapability", arguments=device), lambda pair: f"{pair[0]}.{pair[1]}"
        ),
        memory_total=convert(memory, lambda info: info.total // MIB),
        memory_free=convert(memory, lambda info: info.free // MIB),
        memory_used=convert(memory, lambda info: info.used // MIB),
        mig=convert(mig, lambda modes: modes[0] == 1),
        mig_devices=_mig_devices(library, device, mig),
        ecc_errors=library.ask(
            "nvmlDeviceGetTotalEccErrors",
            arguments=(*device, _UNCORRECTED, _VOLATILE),
            no_feature="the GPU has no ECC memory, or it is switched off",
        ),
        throttling=_throttling(library, device),
        persistence=convert(
            library.ask("nvmlDeviceGetPersistenceMode", arguments=device, no_feature="no persistence mode here"), bool
        ),
        compute_mode=convert(
            library.ask("nvmlDeviceGetComputeMode", arguments=device, no_feature="no compute mode here"),
            lambda mode: _COMPUTE_MODES.get(mode, str(mode)),
        ),
        processes=_processes(library, device),
        links=_links(library, handle, all_handles),
        bus_id=convert(_pci(library, device), lambda info: text(info.busId)),
        fault="lost" if GPU_IS_LOST in library.codes else "",
    )


def _fault(codes: Sequence[int]) -> str:
    return next((DEVICE_FAULTS[code] for code in codes if code in DEVICE_FAULTS), "failed")


def _unreachable(handle: Handle) -> Gpu:
    fact = handle.fact
    return Gpu(
        index=handle.index,
        uuid=fact,
        name=fact,
        capability=fact,
        memory_total=fact,
        memory_free=fact,
        memory_used=fact,
        mig=fact,
        mig_devices=fact,
        ecc_errors=fact,
        throttling=fact,
        persistence=fact,
        compute_mode=fact,
        processes=fact,
        links=fact,
        bus_id=fact,
        fault=handle.fault,
    )


def _pci(library: Library, device: tuple[Any, ...]) -> Fact[Any]:
    return library.ask("nvmlDeviceGetPciInfo_v3", "nvmlDeviceGetPciInfo", arguments=device)


def _mig_devices(library: Library, device: tuple[Any, ...], mode: Fact[Any]) -> Fact[tuple[str, ...]]:
    if not isinstance(mode, Known) or mode.value[0] != 1:
        detail = "the GPU is not partitioned"
        return mode if isinstance(mode, Unknown) else Absent(source=_source_of(mode), detail=detail)
    count = library.ask("nvmlDeviceGetMaxMigDeviceCount", arguments=device)
    if not isinstance(count, Known):
        return count
    uuids = []
    for index in range(count.value):
        # Slots without an instance answer "not found" or "not supported".
        instance = library.ask("nvmlDeviceGetMigDeviceHandleByIndex", arguments=(*device, index))
        if isinstance(instance, Known):
            uuid = library.ask("nvmlDeviceGetUUID", arguments=(instance.value,))
            if not isinstance(uuid, Known):
                return uuid
            uuids.append(text(uuid.value))
    return Known(value=tuple(uuids), source=count.source)


def _throttling(library: Library, device: tuple[Any, ...]) -> Fact[tuple[str, ...]]:
    bits = library.ask(
        "nvmlDeviceGetCurrentClocksEventReasons",
        # Its name before driver 535.
        "nvmlDeviceGetCurrentClocksThrottleReasons",
        arguments=device,
        no_feature="the GPU does not report why its clocks are lowered",
    )
    return convert(bits, lambda value: tuple(name for bit, name in _SLOWDOWNS.items() if value & bit))


def _processes(library: Library, device: tuple[Any, ...]) -> Fact[tuple[tuple[int, int], ...]]:
    found = library.ask(
        "nvmlDeviceGetComputeRunningProcesses_v3",
        "nvmlDeviceGetComputeRunningProcesses_v2",
        "nvmlDeviceGetComputeRunningProcesses",
        arguments=device,
    )
    return convert(found, lambda items: tuple((item.pid, _held(item.usedGpuMemory)) for item in items))


def _held(size: int | None) -> int:
    return -1 if size is None or size == _NO_VALUE else size // MIB


def _links(library: Library, handle: Handle, all_handles: Sequence[Handle]) -> Fact[tuple[str, ...]]:
    if len(all_handles) == 1:
        return Absent(source=_source_of(handle.fact), detail="there is no other GPU")
    links = []
    nvlinks = _nvlinks(library, handle)
    if isinstance(nvlinks, Unknown):
        return nvlinks
    assert isinstance(nvlinks, Known)
    for peer in all_handles:
        if peer.index == handle.index or not isinstance(peer.fact, Known):
            continue
        bus_id = _pci(library, (peer.fact.value,))
        direct = _count_to(nvlinks.value, bus_id)
        if direct:
            links.append(f"{peer.index} NV{direct}")
            continue
        level = library.ask(
            "nvmlDeviceGetTopologyCommonAncestor",
            arguments=(_value(handle.fact), peer.fact.value),
            no_feature="no topology here",
        )
        if not isinstance(level, Known):
            return level
        links.append(f"{peer.index} {_TOPOLOGY.get(level.value, str(level.value))}")
    return Known(value=tuple(links), source=nvlinks.source)


def _nvlinks(library: Library, handle: Handle) -> Fact[tuple[str, ...]]:
    """The far end of each active NVLink: a PCI bus id, or ``switch``."""
    ends = []
    source = Source(kind=SourceKind.NVML, where="nvmlDeviceGetNvLinkState")
    device = _value(handle.fact)
    for link in range(getattr(library.module, "NVML_NVLINK_MAX_LINKS", 18)):
        state = library.ask("nvmlDeviceGetNvLinkState", arguments=(device, link), no_feature="no NVLink")
        if isinstance(state, Absent) or _is_past_the_last(library, state):
            break
        if isinstance(state, Unknown):
            return state
        if not _value(state):
            continue
        kind = library.ask("nvmlDeviceGetNvLinkRemoteDeviceType", arguments=(device, link))
        if isinstance(kind, Known) and kind.value == _NVLINK_SWITCH:
            ends.append("switch")
            continue
        far = library.ask(
            "nvmlDeviceGetNvLinkRemotePciInfo_v2", "nvmlDeviceGetNvLinkRemotePciInfo", arguments=(device, link)
        )
        if isinstance(far, Known):
            ends.append(text(far.value.busId))
    return Known(value=tuple(ends), source=source)


def _is_past_the_last(library: Library, state: Fact[Any]) -> bool:
    # Boards with fewer links than the most there can be answer "invalid argument", and drivers
    # from before NVLink have no such function.
    if not isinstance(state, Unknown):
        return False
    return state.reason is Reason.UNSUPPORTED or library.codes[-1:] == [INVALID_ARGUMENT]


def _count_to(ends: tuple[str, ...], bus_id: Fact[Any]) -> int:
    here = text(bus_id.value.busId).lower() if isinstance(bus_id, Known) else ""
    return sum(1 for end in ends if end == "switch" or (here and end.lower() == here))


def _value(fact: Fact[Any]) -> Any:
    return fact.value if isinstance(fact, Known) else _no_value(fact)


def _no_value(fact: Fact[Any]) -> NoReturn:
    raise AssertionError(f"{fact} has no value")


def _source_of(fact: Fact[Any]) -> Source:
    assert isinstance(fact, (Known, Absent, Unknown))
    return fact.source
