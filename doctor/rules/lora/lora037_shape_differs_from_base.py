"""LORA037."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, CONFIG
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.base import base_of
from doctor.rules.lora.fitting import misfits
from doctor.rules.lora.folders import in_weights, tables
from doctor.rules.lora.names import pairs_of
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.ERROR, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS, MODEL, BASE))
def shape_differs_from_base(env: Env) -> Iterator[Problem]:
    """The matrices of each adapter have the sizes of the base's modules.

    ## What it checks
    The columns of lora_A are the inputs of the module, the rows of lora_B its outputs, as the weights of
    `--model` or `--base` state them. Of an embedding it is the vocabulary and the size.

    ## Why it matters
    PEFT: "size mismatch". vLLM refuses what is larger, "The size of tensor a must match", and takes what is
    smaller: it fills up with zeros and answers wrongly, without a word.

    ## How to fix it
    Serve the adapter on the model that it was trained on: the sizes say that this is another one.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/layers/base_linear.py
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, tensors in tables(env):
        pairs = pairs_of(tensors)
        if not pairs:
            continue
        base = base_of(env)
        document = env.note(f"{CONFIG} of {folder.path}", folder.config)
        turned = document is not None and bool(document.value.get("fan_in_fan_out"))
        wrong = misfits(env, base, pairs, turned=turned)
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            yield Problem(
                subject=folder.path,
                message=f"{wrong[0]}{more}: it was trained on another model than {base.path}, and "
                "what is smaller vLLM takes without a word",
                location=in_weights(folder),
                remedies=(manual("Serve it on the model that it was trained on"),),
            )
