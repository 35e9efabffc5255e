"""LORA053."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.fact import Source, SourceKind
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.features import Feature, judge

NAMES = ("new_embeddings.safetensors", "new_embeddings.bin")


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_ADAPTER_FORMAT,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS),
)
def new_tokens_apart(env: Env) -> Iterator[Problem]:
    """Embeddings of new tokens beside an adapter are only used where the vLLM release reads them.

    ## What it checks
    A folder with a new_embeddings.safetensors or .bin is served by a release that reads it, as those
    up to 0.11.2 do (`--lora-extra-vocab-size`).

    ## Why it matters
    Since 0.12.0 vLLM does not look at the file: the new tokens have no embedding, and nothing says so.

    ## How to fix it
    Resize the embedding of the base, merge the adapter and serve the merged model.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.11.2/vllm/lora/models.py
    - https://github.com/vllm-project/vllm/issues/23474
    """
    for folder in env.need(ADAPTERS):
        held = next((name for name in NAMES if folder.has(name)), "")
        if held:
            feature = Feature(
                seen=f"embeddings of new tokens lie beside it ({held})",
                treatment=lambda row: row.new_embeddings,
                ignored="the new tokens have no embedding",
                place=Source(kind=SourceKind.FILE, where=f"{folder.path}/{held}"),
            )
            yield from judge(env, folder, feature)
