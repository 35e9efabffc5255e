"""PAIR003."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import installed, release, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, rule
from doctor.core.training import TRAINING

_FIRST, _PLUGIN = Version("0.5.0"), Version("0.28.0")


@rule(
    severity=Severity.INFO,
    cause=Cause.QUANTIZATION_CONFIG_LEFT,
    since="0.1.0",
    reads=(TRAINING, DISTRIBUTIONS),
)
def four_bit_base_not_served(env: Env) -> Iterator[Problem]:
    """A base in 4 bit that is trained on can be served as it is.

    ## What it checks
    The environment that trains (`--train-env`) has bitsandbytes, and the one that serves a vLLM that
    reads such models (0.5.0 to 0.27 with bitsandbytes, from 0.28 on with vllm-bnb-plugin).

    ## Why it matters
    Unsloth and QLoRA train on bases such as `unsloth/...-bnb-4bit`. A vLLM that cannot read them
    ends with `Unknown quantization method: bitsandbytes`, also for a merged model whose config.json
    still holds the quantization_config.

    ## How to fix it
    Serve the adapter on the base in 16 bit, or merge in 16 bit (`save_method="merged_16bit"`); to
    serve the 4-bit base itself install what this vLLM reads it with.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/482
    - https://docs.vllm.ai/en/latest/features/quantization/
    """
    if installed(env.need(TRAINING), "bitsandbytes") is None:
        raise NotApplicableError("the environment that trains has no bitsandbytes")
    distributions = env.need(DISTRIBUTIONS)
    vllm = vllm_of(distributions)
    if vllm is None:
        raise NotApplicableError("the environment that serves has no vLLM")
    version = release(vllm)
    if version is None:
        raise UndeterminedError(f"the version of {vllm.name} cannot be read: {vllm.version}")
    wanted = "vllm-bnb-plugin" if version >= _PLUGIN else "bitsandbytes"
    if version >= _FIRST and installed(distributions, wanted):
        return
    lacks = f"only with {wanted}, which is not installed" if version >= _FIRST else "not at all"
    yield Problem(
        subject=vllm.name,
        message=f"it is trained with bitsandbytes, and vLLM {vllm.version} reads models in that form {lacks}",
        remedies=(
            Remedy(
                text="Serve the adapter on the base in 16 bit, or merge in 16 bit; otherwise "
                + (f"install {wanted} where it is served" if version >= _FIRST else "use vLLM 0.5.0 or newer"),
                safety=Safety.MANUAL,
            ),
        ),
    )
