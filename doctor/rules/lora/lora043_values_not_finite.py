"""LORA043."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.lora.folders import in_weights, some
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def values_not_finite(env: Env) -> Iterator[Problem]:
    """The weights of each adapter are finite numbers.

    ## What it checks
    With `--deep`: no tensor holds NaN or infinity.

    ## Why it matters
    PEFT and vLLM load it without a word and then write the same token for ever.

    ## How to fix it
    Train again, with bfloat16 in place of float16 or a lower learning rate, or take an earlier checkpoint.

    ## Sources
    - https://huggingface.co/docs/peft/developer_guides/troubleshooting
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    looked = False
    for folder in env.need(ADAPTERS):
        values = env.note(f"values of {folder.path}", folder.values)
        looked = looked or values is not None
        if values is not None and values.not_finite:
            yield Problem(
                subject=folder.path,
                message=f"{len(values.not_finite)} of its tensors hold NaN or infinity ({some([*values.not_finite])})",
                location=in_weights(folder),
                remedies=(manual("Take an earlier checkpoint, or train again in bfloat16 or with a lower rate"),),
            )
    if not looked:
        raise NotApplicableError("the values of weights are looked at with --deep only")
