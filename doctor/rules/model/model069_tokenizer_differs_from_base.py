"""MODEL069."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    need,
)


@rule(severity=Severity.WARNING, cause=Cause.TOKENIZER_FILES_MISSING, since="0.1.0", reads=(MODEL, BASE))
def tokenizer_differs_from_base(env: Env) -> Iterator[Problem]:
    """The tokenizer is that of the base model, with at most tokens added.

    ## What it checks
    Algorithm, size of the vocabulary and ids of the special tokens in both tokenizer.json, and the
    chat templates.

    ## Why it matters
    A tokenizer of another model has other ids for the same texts: the answers are noise. Added
    tokens are normal, another template is worth knowing.

    ## How to fix it
    Take the tokenizer that was trained with.

    ## Sources
    - https://huggingface.co/docs/transformers/main_classes/tokenizer
    """
    folder, base = env.need(MODEL), env.need(BASE)
    ours, theirs = (need(env, "tokenizer.json", item.tokenizer) for item in (folder, base))
    templates = [need(env, "the chat templates", item.chat_templates) for item in (folder, base)]
    if ours.damage is not None or theirs.damage is not None:
        raise NotApplicableError("a tokenizer.json cannot be read, which another rule says")
    remedy = by_hand("Take the tokenizer that the model was trained with")
    if (ours.model, ours.vocabulary) != (theirs.model, theirs.vocabulary):
        message = (
            f"it is {ours.model} of {ours.vocabulary} tokens, and {theirs.model} of {theirs.vocabulary} in the base"
        )
        yield tell(folder, "tokenizer.json", message, remedy)
    moved = [token for token in ours.ids if token in theirs.ids and ours.ids[token] != theirs.ids[token]]
    if moved:
        message = f"{moved[0]} has the id {ours.ids[moved[0]]}, and {theirs.ids[moved[0]]} in the base"
        yield tell(folder, "tokenizer.json", message, remedy)
    if all(templates) and templates[0] != templates[1]:
        message = "the chat template is not that of the base model: serve the one that was trained with"
        yield tell(folder, "chat_template.jinja", message, remedy, severity=Severity.INFO)
