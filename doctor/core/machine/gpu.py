"""GPUs and their driver, as NVML reports them."""

from __future__ import annotations

from packaging.version import Version

from doctor.core.fact import Fact
from doctor.core.frozen import frozen
from doctor.core.snapshot import Key


@frozen
class Nvml:
    """How the NVIDIA management library answered when it was asked to start.

    `fault` is "" when it started; otherwise ``no-library``, ``unreadable-library``,
    ``version-mismatch`` (library and kernel module are of different drivers),
    ``driver-not-loaded``, ``no-permission``, ``gpu-lost``, ``reset-required`` or ``failed``.
    `detail` is what the loader or the library said. `hardware` names the traces of NVIDIA
    hardware that were seen without it: PCI addresses with the kernel driver that holds them
    (``0000:01:00.0 nouveau``) and device files.
    """

    fault: str
    detail: str
    hardware: tuple[str, ...]


@frozen
class Driver:
    """The NVIDIA driver: its version and the newest CUDA version (``12.8``) that it supports.

    `kernel_module` is the version of the module that is loaded; it differs from `version`
    after an update without a restart. `cuda` is that of the libcuda which the loader finds,
    so a forward-compatibility package raises it above what the driver itself supports.
    """

    version: Fact[str]
    cuda: Fact[str]
    kernel_module: Fact[str]


@frozen
class Gpu:
    """One GPU. Each query is a fact of its own, so that one refusal costs one fact.

    `index` is NVML's, in the order of the PCI bus. Memory is in MiB and Absent where the GPU
    uses the CPU's. `capability` reads ``9.0``, `ecc_errors` counts uncorrected volatile errors,
    `throttling` names the active reasons, `processes` are pids with the MiB they hold (-1 where
    the driver does not say), `mig_devices` the UUIDs of its instances, `links` the connection
    to each peer by index (``1 NV18``, ``2 PIX``, ``3 SYS``). `fault` is "" unless the GPU cannot
    be used: ``lost`` (fallen off the bus), ``reset-required``, ``no-permission`` or ``failed``.
    """

    index: int
    uuid: Fact[str]
    name: Fact[str]
    capability: Fact[str]
    memory_total: Fact[int]
    memory_free: Fact[int]
    memory_used: Fact[int]
    mig: Fact[bool]
    mig_devices: Fact[tuple[str, ...]]
    ecc_errors: Fact[int]
    throttling: Fact[tuple[str, ...]]
    persistence: Fact[bool]
    compute_mode: Fact[str]
    processes: Fact[tuple[tuple[int, int], ...]]
    links: Fact[tuple[str, ...]]
    bus_id: Fact[str]
    fault: str = ""


@frozen
class VisibleDevices:
    """What CUDA_VISIBLE_DEVICES leaves visible.

    `value` is the variable's text and `order` that of CUDA_DEVICE_ORDER. `indexes` are NVML's
    of the GPUs that CUDA sees, in the order given; CUDA stops reading at the first entry that
    names nothing, which is `missing` ("" when there is none). `by_index` says that entries are
    numbers, which only mean NVML's order when CUDA_DEVICE_ORDER is PCI_BUS_ID or all GPUs are
    of one model.
    """

    value: str
    order: str
    indexes: tuple[int, ...]
    missing: str = ""
    by_index: bool = False


NVML: Key[Nvml] = Key("nvml", Nvml, "whether the NVIDIA management library could be started")
DRIVER: Key[Driver] = Key("driver", Driver, "the NVIDIA driver and the CUDA version that it supports")
GPUS: Key[tuple[Gpu, ...]] = Key("gpus", tuple[Gpu, ...], "the GPUs that NVML lists")
VISIBLE_DEVICES: Key[VisibleDevices] = Key(
    "visible_devices", VisibleDevices, "what CUDA_VISIBLE_DEVICES leaves visible; absent when it is not set"
)


def is_older(driver: str, needed: str) -> bool | None:
    """Whether a version of the driver comes before another; None where it only names the branch that both are of.

    People say "driver 550" of 550.54.14 and of 550.163.01.

    Raises:
        InvalidVersion: `driver` is no version.
    """
    parts = needed.split(".")
    said = driver.split(".")
    if len(said) < len(parts) and said == parts[: len(said)]:
        return None
    return Version(driver) < Version(needed)
