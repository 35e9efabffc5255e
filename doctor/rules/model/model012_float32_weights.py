"""MODEL012."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.core.size import say_bytes
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.dtypes import count_elements, main_dtype
from doctor.rules.model.reading import (
    served_tensors,
)


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def float32_weights(env: Env) -> Iterator[Problem]:
    """The weights are stored in 16 bit.

    ## What it checks
    The dtype of most elements in the headers of the files.

    ## Why it matters
    A model that was saved without a cast, as `model.save_pretrained` does after training in
    float32, takes twice the space and twice the time to load; vLLM converts it to 16 bit anyway.

    ## How to fix it
    Save it in 16 bit: `save_pretrained_merged(..., save_method="merged_16bit")` in Unsloth, or
    `model.to(torch.bfloat16).save_pretrained(...)`.

    ## Sources
    - https://docs.unsloth.ai/basics/running-and-saving-models/saving-to-vllm
    """
    folder = env.need(MODEL)
    tensors = served_tensors(env, folder)
    if main_dtype(tensors) == "F32":
        total = count_elements(tensors)["F32"] * 4
        text = 'Save in 16 bit: `save_method="merged_16bit"`, or `model.to(torch.bfloat16)` before saving'
        yield tell(folder, "weights", f"most weights are float32: {say_bytes(total)} in place of half", by_hand(text))
