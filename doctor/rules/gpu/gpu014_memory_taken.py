"""GPU014."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Known
from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES, Gpu
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.packages.stack import installed
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import cuda_torch, name_of, visible_gpus

# The default of `--gpu-memory-utilization`; vLLM refuses to start when less is free.
_VLLM_SHARE = 0.9
_OTHER_SHARE = 0.5


@rule(
    severity=Severity.WARNING,
    cause=Cause.GPU_MEMORY,
    since="0.1.0",
    reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD, DISTRIBUTIONS),
)
def memory_taken(env: Env) -> Iterator[Problem]:
    """The memory of every visible GPU is free.

    ## What it checks
    The free memory of each visible GPU: with vLLM installed nine tenths must be free, which is
    what it takes by default, otherwise half.

    ## Why it matters
    vLLM refuses to start ("Free memory on device ... is less than desired GPU memory
    utilization"), or finds no room for its cache; training runs out of memory.

    ## How to fix it
    End the processes that hold the memory, or tell vLLM to take less.

    ## Sources
    - https://docs.vllm.ai/en/latest/configuration/conserving_memory.html
    """
    gpus = visible_gpus(env)
    cuda_torch(env)
    distributions = env.need(DISTRIBUTIONS)
    serving = installed(distributions, "vllm") is not None
    share = _VLLM_SHARE if serving else _OTHER_SHARE
    for gpu in gpus:
        total = env.note(f"memory of GPU {gpu.index}", gpu.memory_total)
        free = env.note(f"free memory of GPU {gpu.index}", gpu.memory_free)
        if not total or free is None or free >= share * total:
            continue
        yield Problem(
            subject=f"GPU {gpu.index}",
            message=(
                f"{free} of {total} MiB of {name_of(gpu)} are free{_holders(gpu)}; "
                f"{int(share * total)} MiB are needed" + (" by vLLM's default" if serving else "")
            ),
            remedies=_remedies(gpu, free / total, serving),
        )


def _holders(gpu: Gpu) -> str:
    # Only for the message: a driver that does not list processes leaves the finding as it is.
    if not isinstance(gpu.processes, Known) or not gpu.processes.value:
        return ""
    held = (f"{pid} ({size} MiB)" if size >= 0 else str(pid) for pid, size in gpu.processes.value)
    return f", held by process {', '.join(held)}"


def _remedies(gpu: Gpu, free_share: float, serving: bool) -> tuple[Remedy, ...]:
    pids = [str(pid) for pid, _ in gpu.processes.value] if isinstance(gpu.processes, Known) else []
    look = ("ps", "-o", "pid,user,etime,args", "-p", ",".join(pids)) if pids else ("nvidia-smi", "-i", str(gpu.index))
    ending = Remedy(text="See what holds the memory, and end what is not needed", commands=(look,), safety=Safety.SAFE)
    usable = int(free_share * 100) - 2
    if not serving or usable < 10:
        return (ending,)
    lower = Remedy(text=f"Start vLLM with `--gpu-memory-utilization 0.{usable:02d}`", safety=Safety.MANUAL)
    return (ending, lower)
