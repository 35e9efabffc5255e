"""ENV005."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.fact import Source, SourceKind
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import installed, is_cpu_vllm, release, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.env.variables import READS, value_of

_NAME = "PYTORCH_CUDA_ALLOC_CONF"
# vllm#14189 (0.8.0) refuses, vllm#40812 (after 0.20.0) switches them off around the pool.
_REFUSES, _COPES = Version("0.8.0"), Version("0.21.0")


@rule(severity=Severity.INFO, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(*READS, DISTRIBUTIONS))
def expandable_segments(env: Env) -> Iterator[Problem]:
    """The allocator setting does not keep vLLM's sleep mode from starting.

    ## What it checks
    PYTORCH_CUDA_ALLOC_CONF does not hold `expandable_segments:True` beside vLLM 0.8.0 to 0.20.
    It is a warning where a trainer is installed that puts vLLM to sleep (Unsloth, TRL).

    ## Why it matters
    Sleep mode keeps its memory in a pool that does not work with expandable segments. These
    releases end with `Expandable segments are not compatible with memory pool`; serving without
    sleep mode is not affected.

    ## How to fix it
    Take the setting out of the variable, or use vLLM 0.21 or newer.

    ## Sources
    - https://github.com/pytorch/pytorch/issues/147851
    - https://github.com/vllm-project/vllm/pull/14189
    - https://github.com/vllm-project/vllm/pull/40812
    """
    distributions = env.need(DISTRIBUTIONS)
    vllm = vllm_of(distributions)
    if vllm is None or is_cpu_vllm(vllm):
        raise NotApplicableError("no vLLM for GPUs is installed")
    setting = value_of(env, _NAME)
    version = release(vllm)
    if version is None:
        env.gap(f"the version of {vllm.name} cannot be read: {vllm.version}")
        return
    if "expandable_segments:true" not in setting.lower() or not _REFUSES <= version < _COPES:
        return
    trainer = installed(distributions, "unsloth", "trl")
    yield Problem(
        subject=_NAME,
        message=f"{_NAME}={setting}, and vLLM {version} cannot use its sleep mode with expandable segments"
        + (f" ({trainer.name} uses it)" if trainer else ""),
        location=Source(kind=SourceKind.ENV_VAR, where=_NAME),
        remedies=(Remedy(text="Unset it where vLLM runs", commands=(("unset", _NAME),), safety=Safety.MANUAL),),
        severity=Severity.WARNING if trainer else Severity.INFO,
    )
