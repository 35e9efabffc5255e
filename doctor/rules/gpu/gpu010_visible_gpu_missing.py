"""GPU010."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.gpu import GPUS, NVML, VISIBLE_DEVICES
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import cuda_torch


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(TORCH_BUILD, NVML, GPUS, VISIBLE_DEVICES))
def visible_gpu_missing(env: Env) -> Iterator[Problem]:
    """A CUDA build of torch sees at least one GPU.

    ## What it checks
    Whether NVML lists a GPU and CUDA_VISIBLE_DEVICES leaves one. A machine that shows no NVIDIA
    hardware at all is a warning: an image may be built on one.

    ## Why it matters
    `torch.cuda.is_available()` is false, and vLLM finds no platform to run on.

    ## How to fix it
    Unset CUDA_VISIBLE_DEVICES or name a GPU in it; start the container with its GPUs.

    ## Sources
    - https://docs.nvidia.com/cuda/cuda-c-programming-guide/#env-vars
    """
    torch = cuda_torch(env)
    nvml = env.look(NVML)
    gpus = env.look(GPUS)
    visible = env.look(VISIBLE_DEVICES)
    needs = f"torch {torch.version} is a CUDA {torch.cuda} build and needs one"
    if not gpus:
        traces = nvml.hardware if nvml else ()
        seen = f"NVML lists no GPU although the machine shows {', '.join(traces)}" if traces else ""
        yield Problem(
            subject="GPU",
            message=f"{seen or 'no NVIDIA GPU is there'}; {needs}",
            remedies=(_by_hand("Run on a machine with an NVIDIA GPU, and give it to the container (`--gpus all`)"),),
            severity=Severity.ERROR if traces else Severity.WARNING,
        )
    elif visible is not None and not visible.indexes and not visible.missing:
        yield Problem(
            subject="CUDA_VISIBLE_DEVICES",
            message=f"CUDA_VISIBLE_DEVICES={visible.value!r} hides every GPU of this machine; {needs}",
            remedies=(_by_hand("`unset CUDA_VISIBLE_DEVICES`, or name a GPU: `export CUDA_VISIBLE_DEVICES=0`"),),
            cause=Cause.ENV_VARIABLE,
        )


def _by_hand(text: str) -> Remedy:
    return Remedy(text=text, safety=Safety.MANUAL)
