"""PAIR002."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.core.training import TRAINING
from doctor.rules.pair.both import both

_PAIRS = Version("0.20")


@rule(
    severity=Severity.ERROR,
    cause=Cause.TOKENIZER_FILES_MISSING,
    since="0.1.0",
    reads=(TRAINING, DISTRIBUTIONS),
)
def tokenizer_of_newer_tokenizers(env: Env) -> Iterator[Problem]:
    """The tokenizer that is saved after training is of a form that is read where it is served.

    ## What it checks
    The environment that trains (`--train-env`) has no tokenizers 0.20 or newer where the one that
    serves has an older one.

    ## Why it matters
    From 0.20 on tokenizers writes the merges of tokenizer.json as pairs. Older ones end with `data
    did not match any variant of untagged enum ModelWrapper`.

    ## How to fix it
    Serve with transformers 4.45 or newer, which brings tokenizers 0.20; otherwise take tokenizer.json
    from the base model, or write each merge as one text with a blank in it.

    ## Sources
    - https://github.com/huggingface/tokenizers/issues/1297
    - https://github.com/allenai/open-instruct/issues/738
    """
    pair = both(env, "tokenizers")
    if pair.served < _PAIRS <= pair.trained:
        yield Problem(
            subject="tokenizers",
            message=f"it is trained with tokenizers {pair.trained} and served with {pair.served}, which cannot read "
            "the merges in tokenizer.json as 0.20 and newer write them",
            remedies=(
                Remedy(
                    text="Serve with transformers 4.45 or newer, or take tokenizer.json from the base model",
                    safety=Safety.MANUAL,
                ),
            ),
        )
