"""LORA032."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import configs, in_config, words
from doctor.rules.lora.remedies import merge


@rule(severity=Severity.WARNING, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS,))
def fused_experts(env: Env) -> Iterator[Problem]:
    """No adapter is trained on parameters in place of modules.

    ## What it checks
    `target_parameters` of the config is empty. It is what PEFT needs for the experts of a MoE that
    transformers keeps in one tensor.

    ## Why it matters
    The layout of these tensors differs between PEFT, transformers and vLLM, and vLLM takes it for some
    architectures only, from 0.12.0 on. Neither the names nor the shapes tell whether the experts lie in the
    order that the release expects.

    ## How to fix it
    Compare answers with those of PEFT before relying on it (`doctor check --end-to-end`), or merge the
    adapter into its base.

    ## Sources
    - https://huggingface.co/docs/peft/package_reference/lora
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/model_manager.py
    """
    for folder, config in configs(env):
        targets = words(config.get("target_parameters"))
        if targets:
            yield Problem(
                subject=folder.path,
                message=f"it is trained on parameters ({', '.join(targets)}) in place of modules, whose layout in "
                "vLLM depends on the architecture and the release",
                location=in_config(folder),
                remedies=(merge(folder),),
            )
