"""LORA029."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import VllmRelease
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.base import architecture_of
from doctor.rules.lora.folders import in_weights, tables
from doctor.rules.lora.names import pairs_of, suffixes
from doctor.rules.lora.remedies import manual, merge
from doctor.rules.served import adaptable, serving

EMBEDDINGS = ("embed_tokens", "lm_head")


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_TARGET_MODULES,
    since="0.1.0",
    reads=(ADAPTERS, MODEL, BASE, DISTRIBUTIONS),
)
def embedding_adapted(env: Env) -> Iterator[Problem]:
    """Embeddings are only adapted where vLLM takes that of the architecture.

    ## What it checks
    An adapter that has a LoRA on embed_tokens or lm_head is served by a release that lists them for the
    base's architecture, as it does for Llama and Phi-3, and not for Qwen2, Gemma and newer Mistral.

    ## Why it matters
    vLLM refuses the whole adapter: "expected target modules in {...} but received ['lm_head']".

    ## How to fix it
    Merge the adapter into its base, or train without embed_tokens and lm_head among the target modules.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/model_executor/models/llama.py
    - https://github.com/vllm-project/vllm/pull/33234
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/utils.py
    """
    for folder, tensors in tables(env):
        adapted = [name for name in suffixes(pairs_of(tensors)) if name in EMBEDDINGS]
        if not adapted:
            continue
        architecture = architecture_of(env)
        served = serving(env)
        refused = served.agreed(partial(_refused, architecture, tuple(adapted)))
        if refused:
            yield Problem(
                subject=folder.path,
                message=f"it adapts {' and '.join(refused)}, which {served.label} does not take for {architecture}: "
                "it refuses the whole adapter",
                location=in_weights(folder),
                remedies=(merge(folder), manual(f"Or train it again without {' and '.join(refused)} as a target")),
            )


def _refused(architecture: str, adapted: tuple[str, ...], release: VllmRelease) -> tuple[str, ...]:
    served = release.architectures.get(architecture)
    if served is None or not served.lora:
        adapted = ()  # LORA045 says it
    else:
        adapted = tuple(name for name in adapted if name not in {*served.embeddings, *adaptable(served)})
    return adapted
