"""MODEL027."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doctor.core.artifact.families import FAMILIES
from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import LATENT, config_of, text_config

_BOUND = ("llama", "gemma2", "gemma3_text")
"""Types whose classes demand it whatever size of a head is stated."""

_COUNTS = ("hidden_size", "num_attention_heads", "num_key_value_heads")


@rule(severity=Severity.ERROR, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def head_counts(env: Env) -> Iterator[Problem]:
    """The numbers of heads divide what they must divide.

    ## What it checks
    That the hidden size is a multiple of the number of heads where no head size is stated (for Llama and
    Gemma always, as their classes demand), and the number of heads a multiple of the number of
    groups (`num_key_value_heads`).

    ## Why it matters
    The model cannot be built: `The hidden size is not a multiple of the number of attention heads`.

    ## How to fix it
    Take the numbers from the base model's config.

    ## Sources
    - https://github.com/huggingface/transformers/blob/main/src/transformers/models/llama/configuration_llama.py
    """
    config, folder = text_config(config_of(env)), env.need(MODEL)
    hidden, heads, groups = (whole(config.get(name)) for name in _COUNTS)
    remedy = by_hand("Take num_attention_heads and num_key_value_heads from the base model's config")
    if not hidden or not heads:
        raise NotApplicableError("the config states no sizes, which another rule says")
    if hidden % heads and not _has_size_of_its_own(config):
        message = f"the hidden size {hidden} is no multiple of {heads} attention heads"
        if config.get("model_type") in FAMILIES:
            yield tell(folder, "config.json", message, remedy)
        else:
            env.gap(f"{message}, no size of a head is stated, and whether the class needs that is not known")
    if groups and heads % groups:
        message = f"{heads} attention heads cannot share {groups} groups of keys and values"
        yield tell(folder, "config.json", message, remedy)


def _has_size_of_its_own(config: Mapping[str, Any]) -> bool:
    """Whether the size of a head does not follow from the hidden size."""
    model_type = str(config.get("model_type"))
    if model_type in _BOUND:
        return False
    family = FAMILIES.get(model_type)
    size = config.get("head_dim", family.defaults.get("head_dim") if family else None)
    return size is not None or any(name in config for name in LATENT)


def whole(value: object) -> int:
    """A count, or 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
