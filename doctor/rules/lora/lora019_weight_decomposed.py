"""LORA019."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.fact import Known, Source, not_told
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.features import Feature, judge
from doctor.rules.lora.folders import configs, in_weights
from doctor.rules.lora.names import Name, Part, of_part


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_ADAPTER_FORMAT,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS),
)
def weight_decomposed(env: Env) -> Iterator[Problem]:
    """No adapter is a DoRA, which no vLLM release serves.

    ## What it checks
    `use_dora` of the config is false and there are no magnitude vectors among the tensors.

    ## Why it matters
    vLLM: "vLLM does not yet support DoRA", or where only the tensors are there "lora_magnitude_vector is
    unsupported LoRA weight".

    ## How to fix it
    Merge the adapter into its base: the merged model is served like any other.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - https://arxiv.org/abs/2402.09353
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder in env.need(ADAPTERS):
        # Tensors that somebody names without the config tell it as well.
        if not_told(folder.config) and (vectors := _vectors(folder)):
            yield from judge(env, folder, _feature(f"it holds {vectors[0].text} of a DoRA", in_weights(folder)))
    for folder, config in configs(env):
        vectors = _vectors(folder)
        env.note(f"weights of {folder.path}", folder.weights)
        if config.get("use_dora"):
            yield from judge(env, folder, _feature("it is a DoRA (use_dora)", None))
        elif vectors:
            yield from judge(env, folder, _feature(f"it holds {vectors[0].text} of a DoRA", in_weights(folder)))


def _vectors(folder: AdapterFolder) -> list[Name]:
    if not isinstance(folder.weights, Known):
        return []
    return of_part(folder.weights.value.tensors(), Part.MAGNITUDE)


def _feature(seen: str, place: Source | None) -> Feature:
    return Feature(
        seen=seen,
        treatment=lambda row: row.use_dora,
        ignored="the magnitudes are left out, and the answers are wrong",
        place=place,
    )
