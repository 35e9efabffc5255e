"""GPU015."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import cuda_torch, visible_gpus


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD))
def exclusive_compute_mode(env: Env) -> Iterator[Problem]:
    """Every visible GPU accepts processes.

    ## What it checks
    The compute mode of each visible GPU: *Prohibited* is an error, *Exclusive_Process* and
    *Exclusive_Thread* are warnings.

    ## Why it matters
    In prohibited mode no CUDA program starts. In exclusive mode a second process on the same GPU
    fails with "all CUDA-capable devices are busy or unavailable", and serving beside training, or
    vLLM's engine beside a process that has touched CUDA, is one.

    ## How to fix it
    Set the mode back to default.

    ## Sources
    - https://docs.nvidia.com/deploy/nvml-api/group__nvmlDeviceEnumvs.html
    """
    gpus = visible_gpus(env)
    cuda_torch(env)
    for gpu in gpus:
        mode = env.note(f"compute mode of GPU {gpu.index}", gpu.compute_mode)
        if mode is None or mode == "Default":
            continue
        default = ("sudo", "nvidia-smi", "-i", str(gpu.index), "-c", "DEFAULT")
        yield Problem(
            subject=f"GPU {gpu.index}",
            message=f"its compute mode is {mode}; Default is needed for more than one process",
            remedies=(Remedy(text="Set the compute mode back", commands=(default,)),),
            severity=Severity.ERROR if mode == "Prohibited" else Severity.WARNING,
        )
