"""LORA028."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.artifact.tensors import Tensor
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_weights, some, tables
from doctor.rules.lora.names import Name, Part, of_part
from doctor.rules.lora.remedies import manual, merge

HEADS = ("score", "classifier")
"""The heads of classifiers, which LORA031 tells of."""
SKIPPED = ("embed_tokens", "lm_head")
"""Of these LORA055 tells where the weight of the base layer is refused."""


@rule(severity=Severity.ERROR, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS,))
def full_weights(env: Env) -> Iterator[Problem]:
    """The tensors of each adapter are those of a LoRA, and no whole weights.

    ## What it checks
    Every tensor is a lora_A or lora_B. PEFT adds the whole embed_tokens and lm_head when the vocabulary
    was resized or the embedding is a target (`save_embedding_layers="auto"`).

    ## Why it matters
    vLLM: "base_model.model.lm_head.weight is unsupported LoRA weight".

    ## How to fix it
    Where the embedding was not trained, save again with `save_embedding_layers=False`. Where it was, or tokens
    were added, merge the adapter into its base.

    ## Sources
    - https://huggingface.co/docs/peft/developer_guides/checkpoint
    - https://github.com/vllm-project/vllm/issues/9280
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, tensors in tables(env):
        names = [name for name in of_part(tensors, Part.FULL, Part.BASE_LAYER) if not _is_left_out(name)]
        if names:
            yield _problem(folder, names, tensors)


def _is_left_out(name: Name) -> bool:
    if name.part is Part.BASE_LAYER:
        return name.suffix in SKIPPED
    return name.suffix in HEADS


def _problem(folder: AdapterFolder, names: list[Name], tensors: Mapping[str, Tensor]) -> Problem:
    pairs = len(tensors) - len(names)
    what = "it holds no LoRA but whole weights" if pairs == 0 else "it holds whole weights beside its LoRA"
    return Problem(
        subject=folder.path,
        message=f"{what} ({some([name.text for name in names])}): vLLM refuses them as unsupported LoRA weight",
        location=in_weights(folder),
        remedies=(
            manual(
                "Where they were not trained, save again without them: "
                "model.save_pretrained(folder, save_embedding_layers=False)"
            ),
            merge(folder),
        ),
    )
