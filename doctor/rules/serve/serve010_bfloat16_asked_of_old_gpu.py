"""SERVE010."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.gpu import GPUS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.core.serve import SERVE
from doctor.rules.gpu.devices import capability_of, in_words
from doctor.rules.gpu.suited import allows
from doctor.rules.serve.command import problem


@rule(severity=Severity.ERROR, cause=Cause.BF16_UNSUPPORTED, since="0.1.0", reads=(SERVE, GPUS))
def bfloat16_asked_of_old_gpu(env: Env) -> Iterator[Problem]:
    """A command that asks for bfloat16 meets GPUs that compute in it.

    ## What it checks
    `--dtype bfloat16` on GPUs of a compute capability below 8.0.

    ## Why it matters
    vLLM ends: "Bfloat16 is only supported on GPUs with compute capability of at least 8.0. Your Tesla T4 GPU
    has compute capability 7.5".

    ## How to fix it
    Use `--dtype half`.

    ## Sources
    - https://docs.vllm.ai/en/latest/cli/serve/
    - https://docs.nvidia.com/cuda/cuda-c-programming-guide/index.html#compute-capabilities
    """
    command = env.need(SERVE)
    if command.text_of("dtype") != "bfloat16":
        raise NotApplicableError("the command does not ask for bfloat16")
    gpus = env.need(GPUS)
    floor = next((row for row in env.matrix.floors if (row.package, row.feature) == ("", "bfloat16")), None)
    if floor is None:
        env.gap(f"the matrix {env.matrix.version} does not say which compute capability bfloat16 needs")
        return
    for gpu in gpus:
        capability = capability_of(env, gpu)
        if capability is not None and not allows(floor, capability):
            message = (
                f"GPU {gpu.index} has compute capability {in_words(capability)}, and bfloat16 needs {floor.minimum}"
            )
            yield problem(command, "dtype", message, ("Compute in float16", {"dtype": ("half",)}))
            return
