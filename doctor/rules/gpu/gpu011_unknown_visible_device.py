"""GPU011."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import cuda_torch


@rule(severity=Severity.ERROR, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(VISIBLE_DEVICES, GPUS, TORCH_BUILD))
def unknown_visible_device(env: Env) -> Iterator[Problem]:
    """CUDA_VISIBLE_DEVICES names GPUs that are there.

    ## What it checks
    Each entry of the variable, an index or the beginning of a UUID, against the GPUs and MIG
    instances that NVML lists.

    ## Why it matters
    CUDA stops at the first entry that it does not know and ignores the rest without a word: GPUs
    go missing, or all of them do.

    ## How to fix it
    Name GPUs that `nvidia-smi -L` lists, or unset the variable.

    ## Sources
    - https://docs.nvidia.com/cuda/cuda-c-programming-guide/#env-vars
    """
    visible = env.need(VISIBLE_DEVICES)
    gpus = env.need(GPUS)
    cuda_torch(env)
    if not visible.missing:
        return
    there = f"GPU 0 to {len(gpus) - 1}" if len(gpus) > 1 else "one GPU" if gpus else "no GPU"
    count = len(visible.indexes)
    left = f"only {count} {'stays' if count == 1 else 'stay'} visible" if count else "none stays visible"
    every = ",".join(str(gpu.index) for gpu in gpus)
    remedy = f"`export CUDA_VISIBLE_DEVICES={every}`" if gpus else "`unset CUDA_VISIBLE_DEVICES`"
    yield Problem(
        subject="CUDA_VISIBLE_DEVICES",
        message=(
            f"CUDA_VISIBLE_DEVICES={visible.value} names {visible.missing}, but the machine has {there}, so {left}; "
            "every entry must name a GPU that is there"
        ),
        remedies=(Remedy(text=f"Name GPUs that `nvidia-smi -L` lists: {remedy}", safety=Safety.MANUAL),),
        severity=Severity.WARNING if visible.indexes else Severity.ERROR,
    )
