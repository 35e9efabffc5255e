"""MODEL002."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import copy, tell
from doctor.rules.model.reading import (
    base_of,
    need,
)


@rule(severity=Severity.ERROR, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL, BASE))
def config_unreadable(env: Env) -> Iterator[Problem]:
    """The config.json holds a JSON object.

    ## What it checks
    That config.json is not empty, not cut short, valid JSON, an object, and not the pointer that
    Git LFS leaves in place of a file.

    ## Why it matters
    transformers and vLLM stop with an error that names the file at best, and for a list with
    `'list' object has no attribute 'get'`.

    ## How to fix it
    Copy the file again, from the base model where the original is lost.

    ## Sources
    - https://github.com/huggingface/transformers/blob/main/src/transformers/configuration_utils.py
    """
    folder, base = env.need(MODEL), base_of(env)
    document = need(env, "config.json", folder.config)
    if document.damage is not None:
        otherwise = "Copy config.json again, from the base model where the original is lost"
        yield tell(
            folder, "config.json", document.damage.detail, copy(base, folder, "config.json", otherwise=otherwise)
        )
