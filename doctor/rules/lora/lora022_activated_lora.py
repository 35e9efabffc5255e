"""LORA022."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.features import Feature, judge
from doctor.rules.lora.folders import configs
from doctor.rules.lora.remedies import manual
from doctor.rules.served import key_treatment


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_ADAPTER_FORMAT,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS),
)
def activated_lora(env: Env) -> Iterator[Problem]:
    """No adapter is an activated LoRA, which no vLLM release serves as trained.

    ## What it checks
    `alora_invocation_tokens` of the config is empty.

    ## Why it matters
    An activated LoRA works only on the tokens after its invocation. Releases before 0.32.0 apply it to
    every token without a word; 0.32.0 and newer ones refuse it: "vLLM does not support Activated LoRA".

    ## How to fix it
    Serve it with PEFT, or train a plain LoRA: it cannot be merged either.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - https://huggingface.co/docs/peft/package_reference/lora
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, config in configs(env):
        if config.get("alora_invocation_tokens"):
            feature = Feature(
                seen="it is an activated LoRA (alora_invocation_tokens)",
                treatment=key_treatment("alora_invocation_tokens"),
                mergeable=False,
                remedies=(manual("Serve it with PEFT, or train a plain LoRA"),),
                ignored="it is applied to every token, and the answers are wrong",
            )
            yield from judge(env, folder, feature)
