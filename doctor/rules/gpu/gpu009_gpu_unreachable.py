"""GPU009."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES, Gpu
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import cuda_torch

_SEEN = {
    "lost": "has fallen off the bus",
    "reset-required": "must be reset before it can be used",
    "no-permission": "may not be used by this user",
    "failed": "does not answer",
}


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD))
def gpu_unreachable(env: Env) -> Iterator[Problem]:
    """Every GPU that NVML lists can be reached.

    ## What it checks
    Whether NVML could open each GPU. One that is lost is a warning where CUDA_VISIBLE_DEVICES
    leaves it out.

    ## Why it matters
    CUDA counts a lost GPU's neighbours differently or does not start at all, and jobs on it hang.
    "GPU is lost" comes from power, heat, a riser or the board, and is logged as Xid 79.

    ## How to fix it
    Reset the GPU or restart the machine. Leave it out by CUDA_VISIBLE_DEVICES until then.

    ## Sources
    - https://docs.nvidia.com/deploy/xid-errors/index.html
    - https://docs.nvidia.com/deploy/nvml-api/group__nvmlDeviceEnumvs.html
    """
    gpus = env.need(GPUS)
    cuda_torch(env)
    visible = env.look(VISIBLE_DEVICES)
    for gpu in gpus:
        if gpu.fault:
            used = visible is None or gpu.index in visible.indexes
            yield Problem(
                subject=f"GPU {gpu.index}",
                message=f"one of {len(gpus)} GPUs {_SEEN.get(gpu.fault, gpu.fault)}; a GPU that answers is needed",
                remedies=_remedies(gpu, gpus),
                severity=Severity.ERROR if used else Severity.WARNING,
            )


def _remedies(gpu: Gpu, gpus: tuple[Gpu, ...]) -> tuple[Remedy, ...]:
    if gpu.fault == "no-permission":
        return (Remedy(text=f"Give this user access to /dev/nvidia{gpu.index}", safety=Safety.MANUAL),)
    reset = Remedy(
        text="Reset the GPU, with nothing running on it; if that fails, restart the machine",
        commands=(("sudo", "nvidia-smi", "--gpu-reset", "-i", str(gpu.index)),),
    )
    others = ",".join(str(other.index) for other in gpus if not other.fault)
    if not others:
        return (reset,)
    leave_out = f"Until then, leave it out: `export CUDA_DEVICE_ORDER=PCI_BUS_ID CUDA_VISIBLE_DEVICES={others}`"
    return (reset, Remedy(text=leave_out, safety=Safety.MANUAL))
