"""MODEL023."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.families import FAMILIES
from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    served_tensors,
    text_config,
)

_EMBEDDING = ".embed_tokens.weight"
_ROWS = (_EMBEDDING, ".lm_head.weight")
_SPARE = {"mllama_text_model": 8}
"""Rows of the embedding that the class adds to the vocabulary, for the token of a picture (`MllamaTextModel`)."""


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def vocabulary_size(env: Env) -> Iterator[Problem]:
    """The vocabulary in the config has as many tokens as the embedding and the head have rows.

    ## What it checks
    `vocab_size`, or what the class puts in its place, against the rows of `embed_tokens` and
    `lm_head` in the files.

    ## Why it matters
    It differs after tokens were added and only one of the three was resized, or the config of the
    base was copied. transformers reports shapes; vLLM stops with an AssertionError without a text.

    ## How to fix it
    Set `vocab_size` to the rows where embedding and head agree; else resize the embeddings before
    merging and save again.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/3444
    - https://huggingface.co/docs/transformers/main_classes/model
    """
    folder = env.need(MODEL)
    config, tensors = text_config(config_of(env)), served_tensors(env, folder)
    family = FAMILIES.get(str(config.get("model_type")))
    stated = config.get("vocab_size", family.defaults["vocab_size"] if family else None)
    rows = {
        name: item.shape[0] for name, item in tensors.items() if f".{name}".endswith(_ROWS) and len(item.shape) == 2
    }
    spare = _SPARE.get(str(config.get("model_type")), 0)
    differing = {
        name: count
        for name, count in rows.items()
        if count - (spare if f".{name}".endswith(_EMBEDDING) else 0) != stated
    }
    if stated is None and rows:
        env.gap("how many tokens the model has is not stated: its config has no vocab_size")
        return
    if not differing:
        return
    told = " and ".join(f"{name} has {count} rows" for name, count in sorted(differing.items()))
    source = "vocab_size is" if "vocab_size" in config else "without a vocab_size the class takes"
    if len(set(rows.values())) == 1:
        remedy = by_hand(
            f'Set "vocab_size" to {next(iter(rows.values()))} in config.json, if the tokenizer has as many'
        )
    else:
        remedy = by_hand("Resize the embeddings (`model.resize_token_embeddings`) before merging, and save again")
    yield tell(folder, "config.json", f"{source} {stated}, and {told}", remedy)
