"""MODEL057."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    need,
    version_of,
)

_READS_PAIRS = Version("0.20.0")


@rule(severity=Severity.ERROR, cause=Cause.TRANSFORMERS_TOO_OLD, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def merges_as_pairs(env: Env) -> Iterator[Problem]:
    """The merges of a BPE tokenizer are written as the installed tokenizers reads them.

    ## What it checks
    Whether the merges in tokenizer.json are pairs (`["a", "b"]`), where tokenizers before 0.20 is
    installed, which reads texts (`"a b"`) only.

    ## Why it matters
    A tokenizer that was saved with a newer release fails with `data did not match any variant of untagged enum
    ModelWrapper`. vLLM 0.5.5 goes with tokenizers 0.19.

    ## How to fix it
    Write the merges as texts, which every release reads, or upgrade tokenizers as far as transformers allows.

    ## Sources
    - https://github.com/huggingface/tokenizers/releases/tag/v0.20.0
    - https://github.com/unslothai/unsloth/issues/1061
    """
    folder, version = env.need(MODEL), version_of(env, "tokenizers")
    tokenizer = need(env, "tokenizer.json", folder.tokenizer)
    if version is None:
        raise NotApplicableError("tokenizers is not installed in this environment")
    if tokenizer.merges == "pairs" and version < _READS_PAIRS:
        can = "" if tokenizer.merges_with_space else " Written as texts every release reads them."
        message = f"its merges are pairs, which tokenizers {version} does not read"
        yield tell(folder, "tokenizer.json", message, by_hand(f"Save it with tokenizers {version}.{can}"))
