"""MODEL003."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import copy, tell
from doctor.rules.model.quantization import KEY
from doctor.rules.model.reading import (
    PARTS,
    base_of,
    config_of,
)

_SIZES = (
    *("hidden_size", "num_hidden_layers", "n_embd", "n_layer", "d_model", "num_layers", "dim", "n_layers"),
    *("hidden_sizes", "embed_dim", "depths"),
    *(*PARTS, "decoder", "encoder", "thinker_config", "layers_block_type", "auto_map"),
)
"""Options that say how large a model is; a config without any relies on the sizes of its class."""


@rule(severity=Severity.ERROR, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL, BASE))
def config_stub(env: Env) -> Iterator[Problem]:
    """The config.json states the sizes of the model.

    ## What it checks
    Whether any size (hidden size, layers) is stated. A config that holds a model type and little
    more is valid JSON, and stands for the sizes of the class: 7 billion parameters for a Llama.

    ## Why it matters
    Unsloth pushes `{"model_type": ...}` as the config of a repository with GGUF files. transformers
    then reports shapes that do not fit, and vLLM stops with an empty AssertionError.

    ## How to fix it
    Copy the whole config.json from the base model.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/421
    - https://github.com/unslothai/unsloth/issues/368
    """
    config, base = config_of(env), base_of(env)
    if any(name in config for name in _SIZES) or any(map(_is_part, config.items())):
        return
    folder = env.need(MODEL)
    stated = ", ".join(sorted(config)) or "nothing"
    otherwise = "Copy the whole config.json from the base model"
    remedy = copy(base, folder, "config.json", otherwise=otherwise)
    yield tell(folder, "config.json", f"it states no size of the model, only {stated}", remedy)


def _is_part(entry: tuple[str, Any]) -> bool:
    """Whether an entry is the config of a part of the model, as models for speech have them."""
    name, value = entry
    return name.endswith("_config") and name != KEY and isinstance(value, dict)
