"""MODEL060."""

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
from doctor.rules.model.template import fault_of


@rule(severity=Severity.ERROR, cause=Cause.TOKENIZER_FILES_MISSING, since="0.1.0", reads=(MODEL, BASE))
def chat_template_broken(env: Env) -> Iterator[Problem]:
    """The chat template is not empty, and its tags are closed.

    ## What it checks
    That each template has text, that `{{`, `{%` and `{#` are closed, and that every block has its end. It is not
    rendered.

    ## Why it matters
    The server starts, and the first request for a chat fails: with a TemplateSyntaxError, or because the
    prompt is empty.

    ## How to fix it
    Restore the template from the base model.

    ## Sources
    - https://jinja.palletsprojects.com/en/stable/templates/
    - https://huggingface.co/docs/transformers/chat_templating
    """
    folder, base = env.need(MODEL), base_of(env)
    for name, text in sorted(need(env, "the chat templates", folder.chat_templates).items()):
        fault = fault_of(text)
        if fault:
            otherwise = "Restore the template from the base model"
            yield tell(folder, name, f"the chat template {fault}", copy(base, folder, name, otherwise=otherwise))
