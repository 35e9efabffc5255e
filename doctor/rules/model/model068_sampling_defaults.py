"""MODEL068."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    content,
    vllm_version,
)
from doctor.rules.pkg.stack import listing

_SAMPLING = ("temperature", "top_p", "top_k", "min_p", "repetition_penalty", "presence_penalty", "frequency_penalty")
_USES = Version("0.8.0")


@rule(severity=Severity.INFO, cause=Cause.OTHER, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def sampling_defaults(env: Env) -> Iterator[Problem]:
    """The generation_config.json does not change how vLLM samples.

    ## What it checks
    Temperature, top_p, top_k, min_p and penalties in generation_config.json, which vLLM takes from
    0.8.0 on for requests that do not state their own.

    ## Why it matters
    It is meant so by the authors of the base. Who compares vLLM with transformers, or expects greedy answers, gets
    others without a word in the request.

    ## How to fix it
    Nothing, or start vLLM with `--generation-config vllm` for neutral defaults.

    ## Sources
    - https://github.com/vllm-project/vllm/releases/tag/v0.8.0
    - https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
    """
    folder, version = env.need(MODEL), vllm_version(env)
    values = content(env, folder.generation_config)
    stated = [f"{name} {values[name]!r}" for name in _SAMPLING if values.get(name) is not None]
    if stated and (version is None or version >= _USES):
        message = f"vLLM samples with {listing(stated)} where a request does not say otherwise"
        remedy = by_hand("Start vLLM with --generation-config vllm where that is not wanted")
        yield tell(folder, "generation_config.json", message, remedy)
