"""LORA045."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import VllmRelease
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.lora.base import architecture_of
from doctor.rules.lora.folders import in_config
from doctor.rules.lora.remedies import merge
from doctor.rules.served import serving, upgrades


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_TARGET_MODULES,
    since="0.1.0",
    reads=(ADAPTERS, MODEL, BASE, DISTRIBUTIONS, INTERPRETER),
)
def architecture_without_lora(env: Env) -> Iterator[Problem]:
    """vLLM serves LoRA adapters on the architecture of the base.

    ## What it checks
    The first of the architectures in the base's config.json is one that the installed release has a class
    for, and that class takes LoRA. Whether a release knows the architecture at all is another rule's.

    ## Why it matters
    With `--enable-lora` the server does not start: "... does not support LoRA". Falcon, GPT-J, StableLM and
    others are served and never with adapters; many came later than the architecture itself (Qwen3-MoE in
    0.10.0, GPT-OSS in 0.11.1).

    ## How to fix it
    Merge the adapter into its base and serve the merged model, or use a release that takes LoRA there.

    ## Sources
    - https://docs.vllm.ai/en/latest/models/supported_models.html
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/model_executor/models/interfaces.py
    """
    folders = env.need(ADAPTERS)
    architecture = architecture_of(env)
    served = serving(env)
    takes = served.agreed(partial(_takes_lora, architecture))
    if takes is None:
        raise NotApplicableError(f"{served.label} has no class of its own for {architecture}")
    if takes:
        return
    newer = upgrades(env, lambda release: bool(_takes_lora(architecture, release)))
    for folder in folders:
        yield Problem(
            subject=folder.path,
            message=f"{served.label} serves {architecture} without LoRA: it does not start with --enable-lora",
            location=in_config(folder),
            remedies=(*newer, merge(folder)),
        )


def _takes_lora(architecture: str, release: VllmRelease) -> bool | None:
    served = release.architectures.get(architecture)
    return None if served is None else served.lora
