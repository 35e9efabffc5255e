"""MODEL063."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    need,
)
from doctor.rules.pkg.stack import listing


@rule(severity=Severity.WARNING, cause=Cause.TOKENIZER_FILES_MISSING, since="0.1.0", reads=(MODEL,))
def added_token_ids_differ(env: Env) -> Iterator[Problem]:
    """Added tokens have one id.

    ## What it checks
    The ids of added tokens in tokenizer.json against `added_tokens_decoder` in tokenizer_config.json.

    ## Why it matters
    Which of them counts depends on the release and on the class; a token with another id than in training
    is one that the model has not learnt.

    ## How to fix it
    Call `tokenizer.save_pretrained` with the tokenizer that was trained with.

    ## Sources
    - https://huggingface.co/docs/transformers/main_classes/tokenizer
    """
    folder = env.need(MODEL)
    tokenizer = need(env, "tokenizer.json", folder.tokenizer)
    if tokenizer.conflicts:
        advice = by_hand("Save the tokenizer that was trained with into the folder again")
        yield tell(folder, "tokenizer_config.json", listing(tokenizer.conflicts, 2), advice)
