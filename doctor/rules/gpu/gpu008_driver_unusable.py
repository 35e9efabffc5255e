"""GPU008."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.interpreter import PLATFORM
from doctor.core.machine.gpu import NVML, Nvml
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import cuda_torch

_SEEN = {
    "no-library": "the NVIDIA management library libnvidia-ml.so.1 is not there",
    "unreadable-library": "libnvidia-ml.so.1 cannot be loaded",
    "version-mismatch": "libnvidia-ml.so.1 and the loaded kernel module are of different driver versions",
    "driver-not-loaded": "the kernel module of the NVIDIA driver is not loaded",
    "no-permission": "this user may not use the GPU's device files",
    "gpu-lost": "a GPU has fallen off the bus",
    "reset-required": "a GPU must be reset",
    "failed": "the NVIDIA management library does not start",
}


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(NVML, TORCH_BUILD, PLATFORM))
def driver_unusable(env: Env) -> Iterator[Problem]:
    """The NVIDIA driver answers.

    ## What it checks
    Whether NVML, the library behind nvidia-smi, starts on a machine that shows an NVIDIA GPU, and
    if not, why: missing or damaged library, library and kernel module of different versions,
    module not loaded, no permission, GPU lost.

    ## Why it matters
    CUDA uses the same driver: no GPU is usable until NVML starts. After an update of the driver
    without a restart, nvidia-smi says "Driver/library version mismatch".

    ## How to fix it
    It depends on the fault: restart or reload the module after an update, start the container
    with its GPUs, install the driver, repair the device files' permissions.

    ## Sources
    - https://docs.nvidia.com/deploy/nvml-api/group__nvmlInitializationAndCleanup.html
    - https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html
    - https://github.com/NVIDIA/nvidia-container-toolkit/issues/48
    """
    nvml = env.need(NVML)
    cuda_torch(env)
    container = env.need(PLATFORM).container
    if not nvml.fault:
        return
    # An image that is only built here, on a machine whose GPU it was not given, is not at fault.
    not_given = bool(container) and nvml.fault == "no-library"
    shown = f"; the machine shows {', '.join(nvml.hardware)}" if nvml.hardware else ""
    yield Problem(
        subject="NVIDIA driver",
        message=f"{_SEEN.get(nvml.fault, nvml.fault)} ({nvml.detail}){shown}; a working driver is needed",
        remedies=_remedies(nvml, container),
        severity=Severity.WARNING if not_given else Severity.ERROR,
    )


def _remedies(nvml: Nvml, container: str) -> tuple[Remedy, ...]:
    if nvml.fault == "no-library" and container:
        return (_by_hand("Start the container with its GPUs, for example with `docker run --gpus all`"),)
    if nvml.fault == "version-mismatch":
        reload = (
            ("sudo", "rmmod", "nvidia_uvm", "nvidia_drm", "nvidia_modeset", "nvidia"),
            ("sudo", "modprobe", "nvidia"),
        )
        return (
            _by_hand("Restart the machine: the module of the new driver is loaded then"),
            Remedy(text="End all processes that use a GPU and reload the module", commands=reload),
        )
    if nvml.fault == "driver-not-loaded":
        nouveau = any(entry.endswith(" nouveau") for entry in nvml.hardware)
        text = "Load the kernel module"
        text += "; nouveau holds the GPU and must be blacklisted first" if nouveau else ""
        return (Remedy(text=text, commands=(("sudo", "modprobe", "nvidia"),)),)
    if nvml.fault in ("gpu-lost", "reset-required"):
        return (_by_hand("Restart the machine; if it comes back, look for Xid 79 in `dmesg` and at power and cooling"),)
    if nvml.fault == "no-permission":
        return (_by_hand("Give this user read and write access to /dev/nvidia*, for example by its group"),)
    if nvml.fault == "failed" and container:
        return (
            _by_hand("Restart the container: its access to the GPU is lost when systemd reloads its control groups"),
        )
    return (_by_hand("Install the NVIDIA driver again, with the means of the operating system, and restart"),)


def _by_hand(text: str) -> Remedy:
    return Remedy(text=text, safety=Safety.MANUAL)
