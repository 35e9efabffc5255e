"""MODEL027."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    text_config,
)

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
    demanded = config.get("head_dim") is None or config.get("model_type") in ("llama", "gemma2", "gemma3_text")
    if demanded and hidden % heads:
        message = f"the hidden size {hidden} is no multiple of {heads} attention heads"
        yield tell(folder, "config.json", message, remedy)
    if groups and heads % groups:
        message = f"{heads} attention heads cannot share {groups} groups of keys and values"
        yield tell(folder, "config.json", message, remedy)


def whole(value: object) -> int:
    """A count, or 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
