"""SERVE013."""

from __future__ import annotations

import math
from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.machine.gpu import GPUS
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, rule
from doctor.core.serve import SERVE
from doctor.core.serving import GIB, MIB
from doctor.rules.serve.command import HERE
from doctor.serving.demand import PlanningError, demand_of


@rule(severity=Severity.ERROR, cause=Cause.GPU_MEMORY, since="0.1.0", reads=(SERVE, MODEL, GPUS))
def memory_too_small(env: Env) -> Iterator[Problem]:
    """The weights fit into the memory of the GPUs that the command uses.

    ## What it checks
    The bytes of the weights, by the headers of their files and divided by `--tensor-parallel-size`, are
    compared with `--gpu-memory-utilization` of the smallest GPU. `doctor plan` counts the rest too.

    ## Why it matters
    vLLM ends while it loads: "CUDA out of memory", or after it: "No available memory for the cache blocks".

    ## How to fix it
    Use more GPUs, quantised weights, or a larger GPU.

    ## Sources
    - https://docs.vllm.ai/en/latest/configuration/conserving_memory.html
    """
    command = env.need(SERVE)
    model, gpus = env.need(MODEL), env.need(GPUS)
    if not gpus:
        raise NotApplicableError("no GPU is here")
    sizes = [env.note(f"memory of GPU {gpu.index}", gpu.memory_total) for gpu in gpus]
    known = [size for size in sizes if size]
    if not known:
        return
    parallel = command.number("tensor_parallel_size") or 1
    stages = command.number("pipeline_parallel_size") or 1
    try:
        demand = demand_of(model, None, 1)
    except PlanningError as error:
        raise UndeterminedError(error.message) from error
    share = command.share("gpu_memory_utilization")
    # Where it is not given all counts; what is no share is told by SERVE016.
    share = min(share, 1.0) if share is not None and share > 0 else 1.0
    budget = int(min(known) * MIB * share)
    needed = demand.weights // (parallel * stages)
    if needed > budget:
        more = math.ceil(demand.weights / budget)
        yield Problem(
            subject=model.path,
            message=f"its weights take {needed / GIB:.1f} GiB of each GPU, and {budget / GIB:.1f} GiB may be used",
            location=HERE,
            remedies=(
                Remedy(
                    text=f"Use at least {more} such GPUs with --tensor-parallel-size, or quantised weights; "
                    "`doctor plan` says what fits",
                    commands=(("doctor", "plan", "--model", model.path, "--gpus", str(more)),),
                    safety=Safety.MANUAL,
                ),
            ),
        )
