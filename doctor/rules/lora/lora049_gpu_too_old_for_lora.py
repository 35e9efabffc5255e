"""LORA049."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.architecture import parse_capability
from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import capability_of, in_words
from doctor.rules.lora.remedies import manual
from doctor.rules.served import serving, upgrades


@rule(
    severity=Severity.ERROR,
    cause=Cause.COMPUTE_CAPABILITY_TOO_LOW,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS, GPUS, INTERPRETER),
)
def gpu_too_old_for_lora(env: Env) -> Iterator[Problem]:
    """The GPUs can run the LoRA kernels of the vLLM release.

    ## What it checks
    The compute capability of each GPU is that which the release's LoRA kernels ask for: 8.0 until
    0.5.3.post1, whose punica kernels are built for Ampere and newer, and no more than vLLM itself since.

    ## Why it matters
    On a T4 or V100: "punica LoRA kernels require compute capability >= 8.0", although the same release
    serves models without adapters there.

    ## How to fix it
    Use vLLM 0.5.4 or newer, whose LoRA kernels are written in Triton, or serve merged models.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.5.3.post1/vllm/lora/punica.py
    - https://github.com/vllm-project/vllm/pull/5036
    """
    env.need(ADAPTERS)
    served = serving(env)
    needed = served.agreed(lambda release: release.lora.minimum_capability)
    minimum = parse_capability(needed)
    for gpu in env.need(GPUS):
        capability = capability_of(env, gpu)
        if minimum is not None and capability is not None and capability < minimum:
            yield Problem(
                subject=f"GPU {gpu.index}",
                message=f"its compute capability is {in_words(capability)}, "
                f"and the LoRA kernels of {served.label} need {needed}",
                remedies=(
                    *upgrades(env, lambda release: not release.lora.minimum_capability),
                    manual("Merge each adapter into its base and serve the merged model"),
                ),
            )
