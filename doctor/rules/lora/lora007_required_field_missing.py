"""LORA007."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, CONFIG
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import configs, in_config, lacks
from doctor.rules.lora.remedies import save_again

FIELDS = ("r", "lora_alpha", "target_modules")
"""What vLLM's PEFTHelper has no default for (vllm/lora/peft_helper.py)."""


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def required_field_missing(env: Env) -> Iterator[Problem]:
    """Each adapter_config.json states the rank, the scale and the target modules.

    ## What it checks
    `r`, `lora_alpha` and `target_modules` are there. That the last is null is a warning: vLLM goes by the tensors then,
    and PEFT by a list of its own for the architecture.

    ## Why it matters
    vLLM: "Missing required configuration fields". PEFT fills in its defaults, r=8 and lora_alpha=8,
    without a word, which gives an adapter of another scale other answers.

    ## How to fix it
    Write the values that the adapter was trained with, or save it again with PEFT.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - https://huggingface.co/docs/peft/package_reference/lora
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, config in configs(env):
        missing = [field for field in FIELDS if lacks(env, folder, config, field)]
        if missing:
            yield Problem(
                subject=folder.path,
                message=f"its {CONFIG} lacks {', '.join(missing)}: vLLM refuses it, and PEFT fills in defaults",
                location=in_config(folder),
                remedies=(save_again("Write what it was trained with, or save it again"),),
            )
        elif config.get("target_modules", ()) is None:
            yield Problem(
                subject=folder.path,
                message="its target_modules is null: PEFT takes a list of its own then and leaves other tensors out",
                location=in_config(folder),
                severity=Severity.WARNING,
                remedies=(save_again("Write the modules that its tensors have, or save it again"),),
            )
