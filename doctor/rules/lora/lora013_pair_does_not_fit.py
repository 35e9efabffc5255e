"""LORA013."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, CONFIG
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_weights, integer, tables
from doctor.rules.lora.names import Pair, pairs_of
from doctor.rules.lora.remedies import save_again


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def pair_does_not_fit(env: Env) -> Iterator[Problem]:
    """The two matrices of each module fit each other.

    ## What it checks
    lora_A is rank x inputs and lora_B is outputs x rank, so that the rows of A are the columns of B. Where
    it is the other way round, both are transposed.

    ## Why it matters
    PEFT: "size mismatch". vLLM: "The size of tensor a must match the size of tensor b", without the
    name of a tensor, or where the sizes are smaller than expected nothing at all.

    ## How to fix it
    Save the adapter again. Adapters of other trainers (MLX, older LoRA code) hold the matrices
    transposed and have a converter of their own.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/lora_weights.py
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, tensors in tables(env):
        document = env.note(f"{CONFIG} of {folder.path}", folder.config)
        rank = integer(document.value.get("r")) if document is not None else None
        pairs = pairs_of(tensors)
        # Modules of one shape share their pair: 45,000 of an adapter on each expert have a few.
        misfits = {place: _misfit(pair, rank) for place, pair in {id(pair): pair for pair in pairs.values()}.items()}
        wrong = {module: text for module, pair in pairs.items() if (text := misfits[id(pair)])}
        if wrong:
            module, text = next(iter(wrong.items()))
            yield Problem(
                subject=folder.path,
                message=f"{text} in {module}{f' and {len(wrong) - 1} more' if len(wrong) > 1 else ''}",
                location=in_weights(folder),
                remedies=(save_again("Convert it with the tool of its trainer, or save it again"),),
            )


def _misfit(pair: Pair, stated: int | None) -> str:
    """What does not fit, or ""; `stated` is the rank of the config, which tells a transposed pair."""
    if pair.a is None or pair.b is None or (len(pair.a.shape), len(pair.b.shape)) != (2, 2):
        return ""
    (rank, inputs), (outputs, columns) = pair.a.shape, pair.b.shape
    shapes = f"lora_A is {rank} x {inputs} and lora_B {outputs} x {columns}"
    if inputs == outputs == stated != rank:
        return f"the matrices are transposed: {shapes}"
    return "" if rank == columns else f"the ranks of the matrices differ: {shapes}"
