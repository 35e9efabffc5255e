"""MODEL031."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.families import FAMILIES
from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import from_base, tell
from doctor.rules.model.reading import (
    config_of,
    text_config,
)

_OPTIONS = ("max_position_embeddings", "rms_norm_eps")
_OLDER = ("num_key_value_heads",)


@rule(severity=Severity.WARNING, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def defaults_not_stated(env: Env) -> Iterator[Problem]:
    """The config states what differs between models of one class.

    ## What it checks
    For the common decoders: the length of the context, the epsilon of the norms, the groups of
    keys and values, and the base of the rotary embedding.

    ## Why it matters
    What is not stated is filled in from the class, which differs from model to model and between releases:
    an epsilon of 1e-6 in place of 1e-5 or a base of 10000 in place of 500000 changes the answers
    without a word.

    ## How to fix it
    Take the values from the base model's config.

    ## Sources
    - https://github.com/huggingface/transformers/blob/main/src/transformers/models/llama/configuration_llama.py
    """
    config, folder = text_config(config_of(env)), env.need(MODEL)
    if str(config.get("model_type")) not in FAMILIES or "hidden_size" not in config:
        raise NotApplicableError("the model is of no type whose defaults are known")
    rope = () if any(config.get(name) is not None for name in ("rope_theta", "rope_parameters")) else ("rope_theta",)
    for names, severity in ((_OPTIONS, Severity.WARNING), ((*_OLDER, *rope), Severity.INFO)):
        absent = [name for name in names if config.get(name) is None]
        if absent:
            message = f"it does not state {' and '.join(absent)}: the class decides"
            remedy = from_base(folder, "Take the values from the base model's config")
            yield tell(folder, "config.json", message, remedy, severity=severity)
