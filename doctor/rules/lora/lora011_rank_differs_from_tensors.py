"""LORA011."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.artifact.tensors import Tensor
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_config, integer, some, whole
from doctor.rules.lora.names import pairs_of
from doctor.rules.lora.patterns import Keys, TooManyStepsError
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def rank_differs_from_tensors(env: Env) -> Iterator[Problem]:
    """The rank that the config states is that of the tensors.

    ## What it checks
    The rows of each lora_A are `r`, or the value of `rank_pattern` that matches its module as PEFT
    matches it.

    ## Why it matters
    PEFT refuses the adapter with "size mismatch". vLLM accepts it and scales by lora_alpha / r of
    the config, so that it answers otherwise than it was trained to, without a word.

    ## How to fix it
    Write the rank of the tensors into the config, with the lora_alpha of the training.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/peft_helper.py
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, config, tensors in whole(env):
        rank = integer(config.get("r"))
        if rank is not None and rank > 0:
            try:
                differing = _differing(config, rank, tensors)
            except TooManyStepsError as error:
                env.gap(f"the rank_pattern of {folder.path}: {error}")
                continue
            if differing:
                yield _problem(folder, rank, differing)


def _differing(config: Mapping[str, Any], rank: int, tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, int]]:
    """Map each module whose lora_A has another number of rows to (stated, found).

    Raises:
        TooManyStepsError: the keys of `rank_pattern` cannot be held against the modules.
    """
    # The experts of a MoE in one tensor (target_parameters) lie in another order.
    shapes = {
        module: pair.a.shape
        for module, pair in pairs_of(tensors).items()
        if pair.a is not None and len(pair.a.shape) == 2 and ".experts" not in module
    }
    stated = _stated(config, rank, shapes)
    return {
        module: (stated[module], shape[0])
        for module, shape in shapes.items()
        if stated[module] not in shape  # LORA013 tells of those that are transposed
    }


def _stated(config: Mapping[str, Any], rank: int, modules: Collection[str]) -> dict[str, int]:
    """Map each module to the rank that the config states for it."""
    pattern = config.get("rank_pattern")
    if not isinstance(pattern, dict) or not pattern or not modules:
        return dict.fromkeys(modules, rank)
    firsts = Keys(pattern).firsts(modules)
    return {module: rank if key is None else integer(pattern[key]) or rank for module, key in firsts.items()}


def _problem(folder: AdapterFolder, rank: int, differing: Mapping[str, tuple[int, int]]) -> Problem:
    counts = Counter(found for _, found in differing.values())
    usual = max(counts, key=counts.__getitem__)
    how_many = "this module alone differs" if len(differing) == 1 else f"{len(differing)} modules differ"
    module, (stated, found) = next(iter(differing.items()))
    return Problem(
        subject=folder.path,
        message=(
            f"its config states rank {stated}, and lora_A of {module} has rank {found}"
            f" ({how_many} from the config): vLLM scales by the config and answers wrongly, without a word"
        ),
        location=in_config(folder),
        remedies=(
            manual(
                f"If all was trained with rank {usual}, set r to {usual}; else save the adapter again. "
                f"Ranks of the tensors: {some([str(item) for item in sorted(counts)])}"
            ),
        ),
    )
