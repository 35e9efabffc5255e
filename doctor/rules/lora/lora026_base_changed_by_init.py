"""LORA026."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import LoraSupport, Support
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.features import Feature, judge
from doctor.rules.lora.folders import configs
from doctor.rules.lora.remedies import manual

HARMLESS = ("gaussian", "eva", "orthogonal", "mica", "lora_ga")
"""Starts that leave the base as it is, by PEFT's own code; vLLM's list in 0.32.0 is the same."""


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_ADAPTER_FORMAT,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS),
)
def base_changed_by_init(env: Env) -> Iterator[Problem]:
    """No adapter was started in a way that changes the weights of its base.

    ## What it checks
    `init_lora_weights` of the config is true, false or a name that leaves the base as it is. PiSSA, OLoRA,
    CorDA and LoftQ subtract the start of the adapter from the base's weights.

    ## Why it matters
    The adapter fits the changed base only. vLLM before 0.32.0 puts it on the plain base without a word,
    and the answers are wrong; 0.32.0 and newer ones refuse it.

    ## How to fix it
    Convert it when it is saved: `save_pretrained(folder, path_initial_model_for_weight_conversion=...)`
    makes a plain LoRA of it, of twice the rank.

    ## Sources
    - https://huggingface.co/docs/peft/developer_guides/lora#pissa
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, config in configs(env):
        init = config.get("init_lora_weights")
        if isinstance(init, str) and init.lower() not in HARMLESS:
            feature = Feature(
                seen=f"it was started as {init!r}, which changes the weights of its base",
                treatment=partial(_treatment, init.lower()),
                ignored="it is put on the unchanged base, and the answers are wrong",
                remedies=(
                    manual(
                        "Save it again as a plain LoRA: model.save_pretrained(folder, "
                        "path_initial_model_for_weight_conversion=FOLDER_OF_THE_UNTRAINED_ADAPTER)"
                    ),
                ),
            )
            yield from judge(env, folder, feature)


def _treatment(init: str, row: LoraSupport) -> Support:
    if "*" in row.init_lora_weights:
        return Support.IGNORED
    return Support.SUPPORTED if init in row.init_lora_weights else Support.REFUSED
