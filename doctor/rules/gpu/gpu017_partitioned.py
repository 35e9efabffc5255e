"""GPU017."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import not_told
from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES, Gpu
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import cuda_torch, name_of, visible_gpus


@rule(severity=Severity.INFO, cause=Cause.OTHER, since="0.1.0", reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD))
def partitioned(env: Env) -> Iterator[Problem]:
    """Every visible GPU is whole, not partitioned into instances.

    ## What it checks
    Whether MIG is on. Without any instance that is an error, because CUDA then has no device.

    ## Why it matters
    A process sees one instance with a part of the memory, never the whole GPU, and tensor
    parallelism across instances does not work.

    ## How to fix it
    Create instances and name one by its UUID in CUDA_VISIBLE_DEVICES, or switch MIG off.

    ## Sources
    - https://docs.nvidia.com/datacenter/tesla/mig-user-guide/index.html
    """
    gpus = visible_gpus(env)
    cuda_torch(env)
    for gpu in gpus:
        split = env.note(f"MIG mode of GPU {gpu.index}", gpu.mig)
        if split and not_told(gpu.mig_devices):
            yield _listed(gpu)
        elif split:
            instances = env.note(f"MIG instances of GPU {gpu.index}", gpu.mig_devices)
            if instances is not None:
                yield _problem(gpu, instances)


def _listed(gpu: Gpu) -> Problem:
    """Of a GPU whose instances a text lists without their UUIDs."""
    return Problem(
        subject=f"GPU {gpu.index}",
        message=f"{name_of(gpu)} is split into MIG instances; a process can use one of them",
        remedies=(
            Remedy(
                text="Name the instance to use: `nvidia-smi -L` lists their UUIDs for CUDA_VISIBLE_DEVICES",
                safety=Safety.MANUAL,
            ),
        ),
    )


def _problem(gpu: Gpu, instances: tuple[str, ...]) -> Problem:
    off = Remedy(
        text="Switch MIG off, with nothing running on the GPU",
        commands=(("sudo", "nvidia-smi", "-i", str(gpu.index), "-mig", "0"),),
    )
    if not instances:
        create = ("sudo", "nvidia-smi", "mig", "-i", str(gpu.index), "-cgi", "0", "-C")
        return Problem(
            subject=f"GPU {gpu.index}",
            message=f"MIG is on and {name_of(gpu)} has no instance, so CUDA has no device; at least one is needed",
            remedies=(Remedy(text="Create an instance of the whole GPU", commands=(create,)), off),
            severity=Severity.ERROR,
        )
    name = Remedy(
        text=f"Name the instance to use: `export CUDA_VISIBLE_DEVICES={instances[0]}`",
        safety=Safety.MANUAL,
    )
    return Problem(
        subject=f"GPU {gpu.index}",
        message=f"{name_of(gpu)} is split into {len(instances)} MIG instances; a process can use one of them",
        remedies=(name, off),
    )
