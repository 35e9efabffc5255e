"""MODEL046."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import mend, tell
from doctor.rules.model.reading import (
    need,
)


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL,))
def index_unreadable(env: Env) -> Iterator[Problem]:
    """The weight index is valid, with its metadata.

    ## What it checks
    That the index is JSON with a `weight_map` from tensors to files, and has an entry `metadata`.

    ## Why it matters
    Both libraries stop at JSON that is none without naming the file. Without `metadata` every release of
    transformers stops with `KeyError: 'metadata'`; an empty one is enough.

    ## How to fix it
    Make the index anew, or add `"metadata": {}`.

    ## Sources
    - https://huggingface.co/docs/transformers/big_models
    """
    folder = env.need(MODEL)
    index = need(env, "the index", folder.index)
    if index.damage is not None:
        advice = mend(folder, "Make the index anew from the headers of the shards")
        yield tell(folder, index.name, index.damage.detail, advice)
    elif not index.has_metadata:
        message = "it has no entry metadata, at which transformers stops"
        yield tell(folder, index.name, message, mend(folder, 'Add "metadata": {} to the index, or make it anew'))
