"""LORA025."""

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
def block_diagonal_lora(env: Env) -> Iterator[Problem]:
    """No adapter is a block-diagonal LoRA.

    ## What it checks
    `use_bdlora` of the config is empty.

    ## Why it matters
    Its matrices are blocks and not whole. vLLM before 0.32.0 does not look at the entry, 0.32.0 and newer ones
    refuse it: "vLLM does not support block-diagonal LoRA (BD-LoRA)".

    ## How to fix it
    Merge the adapter into its base and serve the merged model.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - https://huggingface.co/docs/peft/package_reference/lora
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, config in configs(env):
        if config.get("use_bdlora"):
            feature = Feature(
                seen="it is a block-diagonal LoRA (use_bdlora)",
                treatment=key_treatment("use_bdlora"),
                ignored="the blocks are taken for whole matrices, and it fails or answers wrongly",
            )
            yield from judge(env, folder, feature)
