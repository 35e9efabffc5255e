"""MODEL001."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, copy, tell
from doctor.rules.model.reading import (
    base_of,
    look,
)


@rule(severity=Severity.ERROR, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL, BASE))
def model_config_missing(env: Env) -> Iterator[Problem]:
    """A model folder has a config.json.

    ## What it checks
    Whether the folder has a config.json; where it has none, what it seems to be instead: an adapter,
    the weights that Unsloth wrote with `save_method="lora"`, or nothing at all.

    ## Why it matters
    Neither transformers nor vLLM knows a folder without it. Unsloth wrote whole models without a
    config from the middle of 2025 until September 2026 where an adapter was asked for.

    ## How to fix it
    Copy config.json from the base model, or write it with `model.config.to_json_file`. Then check
    again: vocabulary and quantization may differ from the base.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/421
    - https://huggingface.co/docs/transformers/main_classes/configuration
    """
    folder, base = env.need(MODEL), base_of(env)
    adapter = look(env, "adapter_config.json", folder.adapter_config)
    if look(env, "config.json", folder.config) is not None:
        return
    if not folder.files:
        yield tell(folder, "config.json", "the folder is empty", by_hand("Save or download the model again"))
    elif adapter is not None:
        text = "Give the folder as an adapter (--adapter, LoRARequest) and its base model as the model"
        yield tell(folder, "config.json", "it is missing: this is a LoRA adapter, not a model", by_hand(text))
    else:
        otherwise = "Copy config.json from the base model, or write it with `model.config.to_json_file(...)`"
        remedy = copy(base, folder, "config.json", otherwise=otherwise)
        yield tell(
            folder, "config.json", "it is missing: transformers and vLLM cannot tell what the weights are", remedy
        )
