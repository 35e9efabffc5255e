"""MODEL014."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import EMPTY_MODEL, MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.folding import agree
from doctor.rules.model.reading import (
    layout,
    served_tensors,
    version_of,
    vllm_version,
)

_TORN = Version("5.0.0")
_LOADED = Version("0.29.0")


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(MODEL, DISTRIBUTIONS, EMPTY_MODEL))
def tied_head_in_files(env: Env) -> Iterator[Problem]:
    """A model whose head is the embedding has no head of its own in the files.

    ## What it checks
    Whether the files hold an `lm_head.weight` although `tie_word_embeddings` says that the
    embedding is used in its place.

    ## Why it matters
    transformers 4 and vLLM up to 0.28 discard that head, transformers 5 and later vLLM load it. If it
    was trained, which happens where LoRA targets `lm_head`, they answer differently from one folder.

    ## How to fix it
    Set `tie_word_embeddings` to false where the head was trained; leave it out of the files where it
    equals the embedding.

    ## Sources
    - https://github.com/vllm-project/vllm/pull/51665
    - runs with transformers 4.44.2, 4.57.6, 5.19.0, November 2026 (https://pypi.org/project/transformers/)
    """
    folder = env.need(MODEL)
    tensors, plan = served_tensors(env, folder), layout(env, folder)
    engine, library = vllm_version(env), version_of(env, "transformers")
    if "lm_head.weight" not in tensors or "lm_head.weight" not in plan.optional:
        return
    discards = [f"vLLM {engine}"] if engine is not None and engine < _LOADED else []
    discards += [f"transformers {library}"] if library is not None and library < _TORN else []
    consequence = "older releases discard it, newer ones use it"
    if discards:
        consequence = f"{' and '.join(discards)} {agree(discards, 'discards', 'discard')} it"
    message = f"the files hold an lm_head.weight, and the config ties the head to the embedding: {consequence}"
    advice = 'Set "tie_word_embeddings": false where the head was trained; else save without it'
    yield tell(folder, tensors["lm_head.weight"].file, message, by_hand(advice))
