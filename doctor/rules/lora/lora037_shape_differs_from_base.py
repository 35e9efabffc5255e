"""LORA037."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.adapter import ADAPTERS, CONFIG
from doctor.core.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.base import Base, base_of
from doctor.rules.lora.folders import in_weights, tables
from doctor.rules.lora.names import Pair, pairs_of
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
        wrong = [text for module, pair in pairs.items() if (text := _misfit(base, module, pair, turned=turned))]
        if wrong:
            yield Problem(
                subject=folder.path,
                message=f"{wrong[0]} ({len(wrong)} modules): it was trained on another model than {base.path}, and "
                "what is smaller vLLM takes without a word",
                location=in_weights(folder),
                remedies=(manual("Serve it on the model that it was trained on"),),
            )


def _misfit(base: Base, module: str, pair: Pair, *, turned: bool) -> str:
    """What does not fit, or ""; of a GPT-2 (`turned`) the weights are stored as inputs x outputs."""
    name = base.find(module)
    if name is None or name not in base.modules:
        return ""
    outputs, inputs = base.modules[name]
    if pair.embedding or (turned and _fits(pair, inputs, outputs)):
        outputs, inputs = inputs, outputs
    if pair.a is not None and len(pair.a.shape) == 2 and pair.a.shape[1] != inputs:
        return f"lora_A of {module} takes {pair.a.shape[1]} inputs, and the base gives {inputs}"
    if pair.b is not None and len(pair.b.shape) == 2 and pair.b.shape[0] != outputs:
        return f"lora_B of {module} gives {pair.b.shape[0]} outputs, and the base takes {outputs}"
    return ""


def _fits(pair: Pair, outputs: int, inputs: int) -> bool:
    shapes = [side.shape for side in (pair.a, pair.b) if side is not None and len(side.shape) == 2]
    return len(shapes) == 2 and (shapes[0][1], shapes[1][0]) == (inputs, outputs)
