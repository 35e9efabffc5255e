"""MODEL042."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import mend, tell
from doctor.rules.model.folding import agree
from doctor.rules.model.loading import (
    INDEX,
    SHARD,
    SINGLE,
    safetensors,
)
from doctor.rules.model.reading import (
    look,
)


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL,))
def index_missing(env: Env) -> Iterator[Problem]:
    """Shards come with the index that names them.

    ## What it checks
    Files such as `model-00001-of-00004.safetensors` where there is no `model.safetensors.index.json`.

    ## Why it matters
    transformers says that there is no file named `model.safetensors`; vLLM loads all. Unsloth wrote no
    index until February 2025, and in uploads until May 2025.

    ## How to fix it
    Copy the index from where the shards come from, or save again.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/1521
    - https://github.com/unslothai/unsloth/issues/2355
    """
    folder = env.need(MODEL)
    shards = [name for name in safetensors(folder) if SHARD.fullmatch(name)]
    if not shards or SINGLE in safetensors(folder) or look(env, "the index", folder.index) is not None:
        return
    there, them = agree(shards, "is one shard", f"are {len(shards)} shards"), agree(shards, "it", "them")
    message = f"there {there} and no index, without which transformers does not find {them}"
    yield tell(folder, INDEX, message, mend(folder, "Make the index from the headers of the shards"))
