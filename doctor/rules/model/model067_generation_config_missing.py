"""MODEL067."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import copy, tell
from doctor.rules.model.reading import (
    base_of,
    look,
)


@rule(severity=Severity.WARNING, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL, BASE))
def generation_config_missing(env: Env) -> Iterator[Problem]:
    """The generation_config.json is there and can be read.

    ## What it checks
    That it is a JSON object. That it is missing is worth knowing only.

    ## Why it matters
    Both libraries go on without it in silence: its list of tokens that end an answer, and the sampling that the
    authors of the base recommend, are lost. Unsloth's writer leaves it out before May 2026.

    ## How to fix it
    Copy it from the base model.

    ## Sources
    - https://github.com/unslothai/unsloth-zoo/pull/647
    - https://huggingface.co/docs/transformers/main_classes/text_generation
    """
    folder, base = env.need(MODEL), base_of(env)
    document = look(env, "generation_config.json", folder.generation_config)
    remedy = copy(
        base, folder, "generation_config.json", otherwise="Copy it from the base model, or save the model again"
    )
    if document is None:
        message = "it is missing: what it says of ends and sampling is lost"
        yield tell(folder, "generation_config.json", message, remedy, severity=Severity.INFO)
    elif document.damage is not None:
        yield tell(folder, document.name, f"{document.damage.detail}, and both libraries ignore it in silence", remedy)
