"""MODEL043."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.folding import agree
from doctor.rules.model.loading import (
    SINGLE,
    indexed_files,
    leaves_folder,
    numbered,
    safetensors,
)
from doctor.rules.model.reading import (
    look,
    vllm_version,
)
from doctor.rules.pkg.stack import listing

_REFUSES = Version("0.26.0")


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def shard_missing(env: Env) -> Iterator[Problem]:
    """Every shard is there.

    ## What it checks
    The files that the index names, and the numbers in the names of the shards, against the folder.

    ## Why it matters
    transformers stops, and vLLM from 0.26 on. From 0.21 to 0.25 vLLM loads what is there and serves uninitialised
    memory for the rest; before 0.6.5 it did the same.

    ## How to fix it
    Copy the missing shard.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/model_loader/weight_utils.py
    """
    folder, version = env.need(MODEL), vllm_version(env)
    index, names = look(env, "the index", folder.index), safetensors(folder)
    if SINGLE in names:
        return
    wanted = {name for name in indexed_files(index) if not leaves_folder(name)} | numbered(names)
    missing = sorted(wanted - set(names))
    if missing:
        served = version is None or version >= _REFUSES
        consequence = "" if served else f"; vLLM {version} may start without it and serve noise"
        advice = by_hand("Copy or download the missing shard")
        yield tell(
            folder, missing[0], f"{listing(missing)} {agree(missing, 'is', 'are')} not there{consequence}", advice
        )
