"""MODEL028."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import LATENT, config_of, text_config
from doctor.rules.model.rope import is_number

_WHOLE = (
    *("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads"),
    *("head_dim", "vocab_size", "max_position_embeddings", "sliding_window", "moe_intermediate_size"),
    *("num_local_experts", "num_experts", "num_experts_per_tok"),
)

_BY_LAYER = ("intermediate_size", "moe_intermediate_size", "num_attention_heads", "num_key_value_heads")
"""What some classes take a list of, one for each layer or kind of experts: Gemma 3n, Ernie 4.5 VL, OpenELM."""

_EXPERTS = ("num_local_experts", "num_experts", "num_experts_per_tok")
"""What the dense models of a class that can have experts set to zero, as Granite 4.0."""

_REAL = ("rms_norm_eps", "initializer_range", "attention_dropout", "layer_norm_eps", "partial_rotary_factor")


@rule(severity=Severity.ERROR, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def value_of_wrong_type(env: Env) -> Iterator[Problem]:
    """Sizes in the config are whole numbers, and factors numbers.

    ## What it checks
    The options that state sizes and factors: a number in quotes, a fraction, a truth value, or a size
    of zero. Some classes take a list with a size for each layer, and no experts are no fault.

    ## Why it matters
    transformers 5 and vLLM validate them and stop (`expected int, got str`); older releases fail later in a
    kernel, where nothing names the option.

    ## How to fix it
    Write the number without quotes.

    ## Sources
    - https://huggingface.co/docs/transformers/main_classes/configuration
    """
    config, folder = text_config(config_of(env)), env.need(MODEL)
    for name in _WHOLE:
        value = config.get(name)
        if value is None or _is_count(value) or _is_known_exception(name, value, config):
            continue
        message = f"{name} is {value!r}, and a whole number above zero is needed"
        yield tell(folder, "config.json", message, by_hand(f"Write {name} as a number, as in the base model's config"))
    for name in _REAL:
        value = config.get(name)
        if value is not None and not is_number(value):
            message = f"{name} is {value!r}, and a number is needed"
            yield tell(folder, "config.json", message, by_hand(f"Write {name} as a number without quotes"))


def _is_count(value: object) -> bool:
    return type(value) is int and value > 0


def _is_known_exception(name: str, value: object, config: Mapping[str, Any]) -> bool:
    """Whether a value that is no count is one all the same that a class takes."""
    if isinstance(value, list):
        return name in _BY_LAYER and bool(value) and all(map(_is_count, value))
    if name == "sliding_window":
        return not value  # false switches it off
    none = type(value) is int and value == 0
    # With latent attention transformers 5 calls the rotated part of a head its head_dim, and some rotate none.
    return none and (name in _EXPERTS or (name == "head_dim" and any(item in config for item in LATENT)))
