"""LORA023."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.features import Feature, judge
from doctor.rules.lora.folders import configs
from doctor.rules.served import key_treatment


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_ADAPTER_FORMAT,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS),
)
def replicated_layers(env: Env) -> Iterator[Problem]:
    """No adapter replicates layers of its base.

    ## What it checks
    `layer_replication` of the config is empty.

    ## Why it matters
    The adapter belongs to a model that PEFT makes of the base by repeating layers. vLLM before 0.32.0 puts
    it on the base as it is, without a word; 0.32.0 and newer ones refuse it.

    ## How to fix it
    Merge the adapter into the replicated model with PEFT, and serve that.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - https://huggingface.co/docs/peft/developer_guides/lora
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, config in configs(env):
        if config.get("layer_replication"):
            feature = Feature(
                seen="it builds a model of replicated layers (layer_replication)",
                treatment=key_treatment("layer_replication"),
                ignored="it is put on the base without the replicated layers, and the answers are wrong",
            )
            yield from judge(env, folder, feature)
