"""LORA003."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, CONFIG
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_config, is_lora, lacks
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def other_peft_method(env: Env) -> Iterator[Problem]:
    """Each adapter is a LoRA.

    ## What it checks
    `peft_type` of adapter_config.json is LORA.

    ## Why it matters
    vLLM does not look at it and applies whatever has matrices named lora_A and lora_B as a LoRA, so an
    AdaLoRA answers otherwise in vLLM than in PEFT; IA3, prefix and prompt tuning fail or have no
    effect. PEFT ends with KeyError 'peft_type' where the entry is missing.

    ## How to fix it
    Merge the adapter into its base with PEFT, where the method can be merged, or train a LoRA. Where
    only the entry is missing, add it.

    ## Sources
    - https://huggingface.co/docs/peft/package_reference/peft_types
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026: each was accepted by vLLM.
    """
    for folder in env.need(ADAPTERS):
        document = env.note(f"{CONFIG} of {folder.path}", folder.config)
        if document is None or document.damage is not None:
            continue
        if lacks(env, folder, document.value, "peft_type"):
            yield Problem(
                subject=folder.path,
                message=f'its {CONFIG} has no peft_type: vLLM takes it for a LoRA, PEFT ends with KeyError "peft_type"',
                location=in_config(folder),
                severity=Severity.WARNING,
                remedies=(manual(f'Add "peft_type": "LORA" to {folder.path}/{CONFIG} if it is one'),),
            )
        elif not is_lora(document.value):
            yield Problem(
                subject=folder.path,
                message=f"it is an adapter of the kind {document.value['peft_type']!r}, and vLLM serves LoRA only: "
                "it does not refuse another kind but applies it as if it were a LoRA",
                location=in_config(folder),
                remedies=(manual("Merge it with PEFT (merge_and_unload), where its method can be merged"),),
            )
