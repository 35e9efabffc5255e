"""MODEL062."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import config_of, need
from doctor.rules.model.tokens import vocabulary


@rule(severity=Severity.ERROR, cause=Cause.TOKENIZER_FILES_MISSING, since="0.1.0", reads=(MODEL,))
def tokenizer_beyond_vocabulary(env: Env) -> Iterator[Problem]:
    """Every token of the tokenizer has a row in the embedding.

    ## What it checks
    The largest id in tokenizer.json against `vocab_size`.

    ## Why it matters
    Tokens were added and the embedding was not resized, or was not saved. The server starts; a prompt with such a
    token fails with `Token id is out of vocabulary`, or with an index error in a kernel.

    ## How to fix it
    Resize the embeddings before training and merging, or take the tokenizer of the base model.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/3444
    - https://huggingface.co/docs/transformers/main_classes/model
    """
    folder = env.need(MODEL)
    tokenizer, rows = need(env, "tokenizer.json", folder.tokenizer), vocabulary(config_of(env))
    if rows is None:
        env.gap("how many tokens the model has is not stated: its config has no vocab_size that is a number")
    elif tokenizer.largest_id >= rows:
        message = f"its largest id is {tokenizer.largest_id}, and the model has {rows} tokens"
        advice = by_hand(
            "Resize the embeddings (`resize_token_embeddings`) before merging, or take the base's tokenizer"
        )
        yield tell(folder, "tokenizer.json", message, advice)
