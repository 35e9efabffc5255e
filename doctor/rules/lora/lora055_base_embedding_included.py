"""LORA055."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import LoraSupport, Support
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.features import Feature, judge
from doctor.rules.lora.folders import in_weights, tables
from doctor.rules.lora.names import Part, of_part
from doctor.rules.lora.remedies import manual

EMBEDDINGS = ("embed_tokens", "lm_head")


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_TARGET_MODULES,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS, INTERPRETER),
)
def base_embedding_included(env: Env) -> Iterator[Problem]:
    """The base's own embeddings lie in an adapter only where the vLLM release leaves them out.

    ## What it checks
    An adapter with `embed_tokens.base_layer.weight` or `lm_head.base_layer.weight`, which PEFT saves when the embedding
    is a target, is served by a release that skips them, as 0.18.0 and newer ones do.

    ## Why it matters
    Older releases: "... embed_tokens.base_layer.weight is unsupported LoRA weight".

    ## How to fix it
    Save again with `save_embedding_layers=False`, or serve with a newer release.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.18.0/vllm/lora/utils.py
    - https://github.com/vllm-project/vllm/issues/4186
    """
    for folder, tensors in tables(env):
        names = [name.text for name in of_part(tensors, Part.BASE_LAYER) if name.suffix in EMBEDDINGS]
        if names:
            feature = Feature(
                seen=f"it holds {names[0]}, a weight of its base",
                treatment=_treatment,
                ignored="",
                place=in_weights(folder),
                remedies=(manual("Save again with model.save_pretrained(folder, save_embedding_layers=False)"),),
            )
            yield from judge(env, folder, feature)


def _treatment(row: LoraSupport) -> Support:
    # To leave out what is the base's own is right.
    return Support.REFUSED if row.base_embeddings is Support.REFUSED else Support.SUPPORTED
