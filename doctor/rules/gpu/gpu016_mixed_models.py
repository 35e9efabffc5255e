"""GPU016."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import cuda_torch, visible_gpus


@rule(severity=Severity.INFO, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD))
def mixed_models(env: Env) -> Iterator[Problem]:
    """All GPUs of the machine are of one model, or their order is fixed.

    ## What it checks
    Whether the GPUs have different names. It is a warning when CUDA_VISIBLE_DEVICES picks among
    them by number and CUDA_DEVICE_ORDER is not PCI_BUS_ID.

    ## Why it matters
    CUDA numbers GPUs by speed unless it is told to follow the PCI bus as nvidia-smi does, so a
    number can mean another card than the one that was looked up. Tensor parallelism splits a
    model evenly and is held to the smallest memory and the slowest card.

    ## How to fix it
    Set CUDA_DEVICE_ORDER=PCI_BUS_ID, and serve on GPUs of one model.

    ## Sources
    - https://docs.nvidia.com/cuda/cuda-c-programming-guide/#env-vars
    - https://github.com/vllm-project/vllm/issues/14154
    """
    visible_gpus(env)
    cuda_torch(env)
    gpus = env.need(GPUS)
    visible = env.look(VISIBLE_DEVICES)
    names: dict[str, list[int]] = {}
    for gpu in gpus:
        name = env.note(f"name of GPU {gpu.index}", gpu.name)
        if name is not None:
            names.setdefault(name, []).append(gpu.index)
    if len(names) < 2:
        return
    listed = ", ".join(f"{name} ({', '.join(map(str, indexes))})" for name, indexes in names.items())
    picked = ""
    if visible is not None and visible.by_index and visible.order != "PCI_BUS_ID":
        picked = f", and CUDA_VISIBLE_DEVICES={visible.value} picks by number"
    yield Problem(
        subject="GPUs",
        message=f"the models of GPUs differ: {listed}{picked}; CUDA_DEVICE_ORDER=PCI_BUS_ID fixes the order",
        remedies=(
            Remedy(
                text="`export CUDA_DEVICE_ORDER=PCI_BUS_ID`, and give each server GPUs of one model",
                safety=Safety.MANUAL,
            ),
        ),
        severity=Severity.WARNING if picked else Severity.INFO,
    )
