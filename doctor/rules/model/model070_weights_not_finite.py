"""MODEL070."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL, WEIGHT_VALUES
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.values import named, scanned


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(MODEL, WEIGHT_VALUES))
def weights_not_finite(env: Env) -> Iterator[Problem]:
    """The weights are finite numbers.

    ## What it checks
    With `--deep`: no tensor of the safetensors files holds NaN or infinity. Every file is read to its end.

    ## Why it matters
    transformers and vLLM load it without a word; one NaN is enough for every answer to be the same token for ever.

    ## How to fix it
    Merge or train again: float16 overflows above 65,504, so merge in bfloat16 or float32 (PEFT's
    `merge_and_unload(safe_merge=True)` refuses to merge NaN), train with bfloat16 or a lower rate, or take an
    earlier checkpoint.

    ## Sources
    - https://huggingface.co/docs/peft/package_reference/tuners#peft.tuners.tuners_utils.BaseTuner.merge_and_unload
    - https://huggingface.co/docs/transformers/perf_train_gpu_one#mixed-precision
    - Loaded with vLLM 0.32.0 (CPU) and transformers 5.19.0 in November 2026.
    """
    folder = env.need(MODEL)
    for name, values in scanned(env):
        if values.not_finite:
            count = len(values.not_finite)
            holds = "tensor holds" if count == 1 else "tensors hold"
            message = f"{count} {holds} NaN or infinity: {named(values.not_finite)}"
            advice = "Merge again in bfloat16 or float32, with merge_and_unload(safe_merge=True)"
            yield tell(folder, name, message, by_hand(f"{advice}, or take an earlier checkpoint"))
