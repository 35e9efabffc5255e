"""LORA010."""

from __future__ import annotations

import math
from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import configs, in_config, integer, number
from doctor.rules.lora.remedies import manual

LEAST, MOST = 1 / 32, 32.0
"""Scales of published recipes lie between 1/4 and 8; a factor of ten beyond that is a slip."""


@rule(severity=Severity.WARNING, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def scale_far_off(env: Env) -> Iterator[Problem]:
    """The scale of each adapter is one that training uses.

    ## What it checks
    lora_alpha / r, or lora_alpha / sqrt(r) for rsLoRA, lies between 1/32 and 32. Recipes use 1 or 2, Unsloth's
    notebooks 1, and the extremes that are published lie between 1/4 and 8.

    ## Why it matters
    A config that was edited, or taken from another adapter, has the wrong scale: the adapter hardly
    shows, or the answers fall apart. Nothing refuses it.

    ## How to fix it
    Compare lora_alpha and r with the configuration of the training run.

    ## Sources
    - https://huggingface.co/docs/peft/package_reference/lora
    - https://docs.unsloth.ai/get-started/fine-tuning-llms-guide/lora-hyperparameters-guide
    - https://arxiv.org/abs/2312.03732
    """
    for folder, config in configs(env):
        rank, alpha = integer(config.get("r")), number(config.get("lora_alpha"))
        if rank is None or rank <= 0 or not alpha:
            continue  # LORA007 to LORA009 say it
        root = bool(config.get("use_rslora"))
        scale = alpha / (math.sqrt(rank) if root else rank)
        if not LEAST <= abs(scale) <= MOST:
            yield Problem(
                subject=folder.path,
                message=f"its scale is {scale:.4g} (lora_alpha={alpha:g}, r={rank}{', rsLoRA' if root else ''}), "
                "and training uses 1/4 to 8",
                location=in_config(folder),
                remedies=(manual("Compare lora_alpha and r with those of the training run, and correct the config"),),
            )
