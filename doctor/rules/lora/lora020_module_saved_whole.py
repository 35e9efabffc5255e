"""LORA020."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import LoraSupport, Support
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.features import Feature, judge
from doctor.rules.lora.folders import configs, words


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_TARGET_MODULES,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS),
)
def module_saved_whole(env: Env) -> Iterator[Problem]:
    """No adapter trains whole modules beside its LoRA.

    ## What it checks
    `modules_to_save` of the config is empty, or names only heads of classifiers, which vLLM 0.31.0 and
    newer ones load.

    ## Why it matters
    vLLM: "vLLM only supports modules_to_save being None", and before 0.6.5 "base_model.model.lm_head.weight
    is unsupported LoRA weight". Training frameworks set it when tokens are added.

    ## How to fix it
    Merge the adapter into its base and serve the merged model.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/9280
    - https://github.com/hiyouga/LlamaFactory/issues/7997
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    """
    for folder, config in configs(env):
        saved = words(config.get("modules_to_save"))
        if saved:
            feature = Feature(
                seen=f"it holds whole modules beside its LoRA (modules_to_save: {', '.join(saved)})",
                treatment=partial(_treatment, frozenset(saved)),
                ignored="they are left out",
            )
            yield from judge(env, folder, feature)


def _treatment(saved: frozenset[str], row: LoraSupport) -> Support:
    return Support.SUPPORTED if saved <= set(row.modules_to_save) else Support.REFUSED
