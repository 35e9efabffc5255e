"""MODEL049."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import set_aside, tell
from doctor.rules.model.loading import (
    MISTRAL_FIRST,
    consolidated,
    safetensors,
)
from doctor.rules.model.reading import (
    vllm_version,
)
from doctor.rules.pkg.stack import listing


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def consolidated_weights(env: Env) -> Iterator[Problem]:
    """No weights in Mistral's own form lie beside those that were saved.

    ## What it checks
    `consolidated*.safetensors` beside a model in the form of Hugging Face.

    ## Why it matters
    From vLLM 0.12 on such a file is the only one that is loaded. Unsloth copied it from Mistral's repositories
    into merged models until April 2026: vLLM then serves the base model, and transformers the
    fine-tuned one. With `params.json` beside it the config comes from there as well.

    ## How to fix it
    Set the file aside, or start vLLM with `--load-format safetensors --config-format hf`.

    ## Sources
    - https://github.com/unslothai/unsloth-zoo/pulls
    - https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/model_loader/default_loader.py
    """
    folder, version = env.need(MODEL), vllm_version(env)
    names = safetensors(folder)
    mistral = consolidated(names)
    if not mistral or len(mistral) == len(names):
        return
    whole = folder.has("params.json")
    loads = "vLLM loads" if version is not None and version >= MISTRAL_FIRST else "vLLM from 0.12 on loads"
    grave = version is not None and version >= MISTRAL_FIRST and not whole
    extra = ", with the config in params.json; that is right only for the release of Mistral itself" if whole else ""
    also = ("params.json",) if whole else ()
    remedy = set_aside(folder, *mistral, *also, text="Set Mistral's form aside")
    message = f"{loads} {listing(mistral)} and none of the other weights{extra}"
    yield tell(folder, mistral[0], message, remedy, severity=Severity.ERROR if grave else Severity.WARNING)
