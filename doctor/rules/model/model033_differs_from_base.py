"""MODEL033."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    content,
    text_config,
)

_COMPARED = (
    *("model_type", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"),
    *("num_key_value_heads", "head_dim", "tie_word_embeddings", "rms_norm_eps", "rope_theta"),
    *("rope_scaling", "rope_parameters", "hidden_act", "sliding_window", "eos_token_id", "bos_token_id"),
)
_GROWS = ("max_position_embeddings", "vocab_size")
"""What fine-tuning changes on purpose: a longer context, added tokens."""


@rule(severity=Severity.WARNING, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL, BASE))
def differs_from_base(env: Env) -> Iterator[Problem]:
    """The config agrees with that of the base model.

    ## What it checks
    Sizes, rotary embedding, epsilon and special tokens of both configs, where both state them.

    ## Why it matters
    Fine-tuning does not change them: what differs comes from a config that was written by hand, of
    another base, or by a release that fills in defaults. Unsloth raises the length of the context
    and may add a linear scaling, which is worth knowing.

    ## How to fix it
    Take the values from the base model, unless you changed them on purpose.

    ## Sources
    - https://github.com/unslothai/unsloth/blob/main/unsloth/models/llama.py
    """
    config, base = text_config(config_of(env)), env.need(BASE)
    other, folder = text_config(content(env, base.config)), env.need(MODEL)
    for names, severity in ((_COMPARED, Severity.WARNING), (_GROWS, Severity.INFO)):
        differing = [name for name in names if name in config and name in other and config[name] != other[name]]
        if differing:
            pairs = [f"{name} is {config[name]!r} and {other[name]!r} in the base" for name in differing]
            remedy = by_hand("Take the values from the base model's config, unless they were changed on purpose")
            yield tell(folder, "config.json", "; ".join(pairs), remedy, severity=severity)
