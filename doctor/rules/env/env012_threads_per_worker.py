"""ENV012."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.fact import Source, SourceKind
from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import release, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.env.variables import READS, value_of

_LIMITS_THEM_ITSELF = Version("0.5.4")


@rule(severity=Severity.WARNING, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(*READS, DISTRIBUTIONS, GPUS))
def threads_per_worker(env: Env) -> Iterator[Problem]:
    """vLLM's workers do not start more threads than there are cores.

    ## What it checks
    With vLLM before 0.5.4 and several GPUs: OMP_NUM_THREADS is set.

    ## Why it matters
    Each worker process starts a thread for each core. With several workers they hinder each
    other so much that loading a LoRA adapter takes minutes. vLLM 0.5.4 and newer limit them.

    ## How to fix it
    Export OMP_NUM_THREADS=1 before starting vLLM.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/5532
    - https://github.com/vllm-project/vllm/pull/6802 (the fix; #6109 before it had no effect)
    """
    vllm = vllm_of(env.need(DISTRIBUTIONS))
    if vllm is None:
        raise NotApplicableError("vLLM is not installed")
    version = release(vllm)
    if version is not None and version >= _LIMITS_THEM_ITSELF:
        raise NotApplicableError("vLLM 0.5.4 and newer limit the threads themselves")
    if version is None:
        env.gap(f"the version of {vllm.name} cannot be read: {vllm.version}")
        return
    gpus = env.look(GPUS) or ()
    if len(gpus) > 1 and not value_of(env, "OMP_NUM_THREADS"):
        yield Problem(
            subject="OMP_NUM_THREADS",
            message=f"OMP_NUM_THREADS is not set; the workers of vLLM {version} on {len(gpus)} GPUs need it to be 1",
            location=Source(kind=SourceKind.ENV_VAR, where="OMP_NUM_THREADS"),
            remedies=(
                Remedy(
                    text="Set it before starting vLLM",
                    commands=(("export", "OMP_NUM_THREADS=1"),),
                    safety=Safety.MANUAL,
                ),
            ),
        )
