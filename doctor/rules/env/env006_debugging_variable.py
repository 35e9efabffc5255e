"""ENV006."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.env.variables import READS, value_of

_EFFECTS = {
    "CUDA_LAUNCH_BLOCKING": "every kernel is waited for, which slows the GPU down several times",
    "VLLM_TRACE_FUNCTION": "vLLM writes every function call to a file",
    "NCCL_P2P_DISABLE": "GPUs do not exchange data directly, which slows tensor parallelism down",
    "NCCL_SHM_DISABLE": "NCCL uses the network between the GPUs of one machine",
    "NCCL_IB_DISABLE": "NCCL does not use InfiniBand between machines",
}
_OFF = frozenset({"", "0", "false", "off", "no"})


@rule(severity=Severity.INFO, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(*READS,))
def debugging_variable(env: Env) -> Iterator[Problem]:
    """No variable that is meant for finding faults slows the stack down.

    ## What it checks
    CUDA_LAUNCH_BLOCKING, VLLM_TRACE_FUNCTION, NCCL_P2P_DISABLE, NCCL_SHM_DISABLE and
    NCCL_IB_DISABLE are not set, or are 0.

    ## Why it matters
    They are set once to find a fault, and then stay in a shell's start-up file or an image.
    On some machines NCCL_P2P_DISABLE=1 is needed (several GeForce RTX 4090); then leave it.

    ## How to fix it
    Unset those that are not needed any more.

    ## Sources
    - https://docs.vllm.ai/en/latest/usage/troubleshooting/
    - https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html
    - https://github.com/NVIDIA/nccl-tests/issues/117
    """
    for name, effect in _EFFECTS.items():
        value = value_of(env, name)
        if value.lower() in _OFF:
            continue
        yield Problem(
            subject=name,
            message=f"{name}={value}: {effect}",
            location=Source(kind=SourceKind.ENV_VAR, where=name),
            remedies=(
                Remedy(
                    text="Unset it, unless this machine needs it",
                    commands=(("unset", name),),
                    safety=Safety.MANUAL,
                ),
            ),
        )
