"""ENV017."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import release, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.env.variables import READS, value_of

_NUMBERS = (
    "VLLM_PORT",
    "VLLM_CPU_KVCACHE_SPACE",
    "VLLM_DP_MASTER_PORT",
    "VLLM_DP_RANK",
    "VLLM_DP_SIZE",
    "VLLM_ENGINE_READY_TIMEOUT_S",
    "VLLM_EXECUTE_MODEL_TIMEOUT_SECONDS",
    "VLLM_HTTP_TIMEOUT_KEEP_ALIVE",
    "VLLM_IMAGE_FETCH_TIMEOUT",
    "VLLM_RPC_TIMEOUT",
)
"""Those that people set and that every release which reads them reads as a whole number."""


@rule(severity=Severity.ERROR, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(DISTRIBUTIONS, *READS))
def number_not_readable(env: Env) -> Iterator[Problem]:
    """The vLLM variables that are to be whole numbers are whole numbers.

    ## What it checks
    VLLM_PORT, VLLM_CPU_KVCACHE_SPACE, the ranks, ports and sizes of data parallelism and the timeouts hold what
    Python's `int` reads, where the installed release reads them.

    ## Why it matters
    vLLM ends with a ValueError when it first reads such a variable, which may be minutes into the start:
    `VLLM_CPU_KVCACHE_SPACE=4GB`. Kubernetes sets `VLLM_PORT=tcp://10.0.0.7:8000` in every pod of a namespace
    that has a service with the name vllm.

    ## How to fix it
    Write the number alone. Of VLLM_PORT: give the service another name, or set `enableServiceLinks: false` in the pod.

    ## Sources
    - vllm/envs.py of 0.5.5 and 0.32.0
    - https://docs.vllm.ai/en/latest/configuration/env_vars/
    - https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
    """
    vllm = vllm_of(env.need(DISTRIBUTIONS))
    if vllm is None:
        raise NotApplicableError("vLLM is not installed")
    version = release(vllm)
    known = env.matrix.vllm_release(str(version)) if version is not None else None
    for name in _NUMBERS:
        value = value_of(env, name)
        # That it is not read at all is the matter of ENV004.
        if not value or _is_number(value) or (known is not None and name not in known.variables):
            continue
        linked = name == "VLLM_PORT" and "://" in value
        yield Problem(
            subject=name,
            message=f"{name} is {value!r}, and vLLM reads a whole number from it"
            + (": Kubernetes sets it so where a service has the name vllm" if linked else ""),
            location=Source(kind=SourceKind.ENV_VAR, where=name),
            remedies=(
                Remedy(
                    text="Give the service another name, or set enableServiceLinks: false in the pod"
                    if linked
                    else "Write the number alone, or unset it",
                    commands=(("unset", name),),
                    safety=Safety.MANUAL,
                ),
            ),
        )


def _is_number(text: str) -> bool:
    try:
        int(text)
    except ValueError:
        return False
    return True
