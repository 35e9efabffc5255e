"""MODEL030."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    content_or_nothing,
)
from doctor.rules.model.tokens import ids_of, vocabulary


@rule(severity=Severity.WARNING, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def special_token_outside_vocabulary(env: Env) -> Iterator[Problem]:
    """The ids of special tokens lie within the vocabulary.

    ## What it checks
    The ids of the beginning, the end and the padding in config.json and generation_config.json
    against `vocab_size`.

    ## Why it matters
    An end that no token has is never generated: answers run to the limit. At a padding beyond the
    embedding transformers 5 stops with `Padding_idx must be within num_embeddings`.

    ## How to fix it
    Take the ids from the tokenizer, or null for a padding that is not used.

    ## Sources
    - https://huggingface.co/docs/transformers/main_classes/text_generation
    """
    folder = env.need(MODEL)
    config = config_of(env)
    generation = content_or_nothing(env, folder.generation_config)
    rows = vocabulary(config)
    if rows is None:
        raise NotApplicableError("the config states no vocab_size")
    for file, values in (("config.json", config), ("generation_config.json", generation)):
        for name in ("bos_token_id", "eos_token_id", "pad_token_id"):
            outside = [number for number in ids_of(values.get(name)) if not 0 <= number < rows]
            if outside:
                fatal = file == "config.json" and name == "pad_token_id" and outside[0] >= rows
                message = f"{name} is {outside[0]}, and the vocabulary has {rows} tokens"
                remedy = by_hand(f"Set {name} to the id that the tokenizer has, or to null where it is not used")
                yield tell(folder, file, message, remedy, severity=Severity.ERROR if fatal else Severity.WARNING)
