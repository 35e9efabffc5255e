"""SERVE009."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.gpu import GPUS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.serve.command import fitting_sizes, problem


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(SERVE, GPUS))
def more_gpus_than_present(env: Env) -> Iterator[Problem]:
    """The command asks for no more GPUs than the machine has.

    ## What it checks
    `--tensor-parallel-size` times `--pipeline-parallel-size` is compared with the GPUs that NVML lists. A
    command for several nodes (`--nnodes`, or Ray) is not judged: its GPUs are elsewhere.

    ## Why it matters
    vLLM ends, or waits for workers that never come: "CUDA error: invalid device ordinal".

    ## How to fix it
    Lower the sizes, or start the cluster that has the GPUs.

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/parallelism_scaling.html
    """
    command = env.need(SERVE)
    sizes = [command.number(name) or 1 for name in ("tensor_parallel_size", "pipeline_parallel_size")]
    wanted = sizes[0] * sizes[1]
    if wanted == 1:
        raise NotApplicableError("the command uses one GPU")
    if command.has("nnodes") or command.text_of("distributed_executor_backend") == "ray":
        raise NotApplicableError("the command is for several nodes")
    gpus = env.need(GPUS)
    if wanted > len(gpus):
        option = "tensor_parallel_size" if sizes[0] > 1 else "pipeline_parallel_size"
        here = {0: "none is here", 1: "one is here"}.get(len(gpus), f"{len(gpus)} are here")
        remedies = [("Use the GPUs that are here", fitting_sizes(command, len(gpus), gpus=len(gpus)))] if gpus else []
        yield problem(command, option, f"the command needs {wanted} GPUs, and {here}", *remedies)
