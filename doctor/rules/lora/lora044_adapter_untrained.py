"""LORA044."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.lora.folders import in_weights, some
from doctor.rules.lora.names import Part, of_part
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def adapter_untrained(env: Env) -> Iterator[Problem]:
    """The lora_B of each adapter have been trained.

    ## What it checks
    With `--deep`: not every lora_B is all zero, as they are before the first step. Where some are, it is a
    warning.

    ## Why it matters
    The product of the two matrices is zero then: PEFT and vLLM load the adapter and answer as the base
    model, without a word.

    ## How to fix it
    Take the adapter of a later step. Saved under DeepSpeed ZeRO-3 or FSDP, weights that were not
    gathered are empty or zero: save with the trainer's own `save_model`.

    ## Sources
    - https://huggingface.co/docs/peft/package_reference/lora
    - https://huggingface.co/docs/peft/accelerate/deepspeed
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    looked = False
    for folder in env.need(ADAPTERS):
        values = env.note(f"values of {folder.path}", folder.values)
        weights = env.note(f"weights of {folder.path}", folder.weights)
        if values is None or weights is None:
            continue
        looked = True
        names = [name.text for name in of_part(weights.tensors(), Part.B, Part.EMBEDDING_B)]
        zero = [name for name in names if name in values.zero]
        if zero:
            all_of_them = len(zero) == len(names)
            effect = (
                "it changes nothing, and what is served is the base model" if all_of_them else "they change nothing"
            )
            yield Problem(
                subject=folder.path,
                message=f"{len(zero)} of its {len(names)} lora_B are all zero ({some(zero, 1)}): {effect}",
                location=in_weights(folder),
                severity=Severity.ERROR if all_of_them else Severity.WARNING,
                remedies=(manual("Take the adapter of a later step, or save it again with the trainer's save_model"),),
            )
    if not looked:
        raise NotApplicableError("the values of weights are looked at with --deep only")
