"""LORA038."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_weights, tables
from doctor.rules.lora.remedies import manual, save_again

HALVES = frozenset({"BF16", "F16"})
WIDE = frozenset({"F32", "F64"})


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def tensor_of_other_type(env: Env) -> Iterator[Problem]:
    """The tensors of each adapter are of a 16-bit type.

    ## What it checks
    The types of the tensors. Integers and 8-bit types are an error; float32, which PEFT writes unless the model
    is cast, is a note.

    ## Why it matters
    vLLM casts whatever it finds to the type of the base: packed integers become numbers that mean
    nothing, without a word. float32 takes twice the space and is served no more exactly.

    ## How to fix it
    Save the adapter again in 16 bit.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/lora_model.py
    - https://huggingface.co/docs/peft/developer_guides/troubleshooting#dtype-related-issues
    - Loaded with vLLM 0.32.0 (CPU) in November 2026.
    """
    for folder, tensors in tables(env):
        types = Counter(tensor.dtype for tensor in tensors.values())
        others = [name for name in types if name not in HALVES | WIDE]
        if others:
            yield _problem(
                folder,
                f"{types[others[0]]} of its tensors are of the type {others[0]}, which is no type "
                "of a LoRA: vLLM casts them without a word",
                Severity.ERROR,
            )
        elif types.keys() & WIDE:
            yield _problem(
                folder, "its tensors are in 32 bit or more: vLLM casts them to the 16 bit of the base", Severity.INFO
            )


def _problem(folder: AdapterFolder, message: str, severity: Severity) -> Problem:
    if severity is Severity.ERROR:
        remedy = save_again("Save it again in 16 bit")
    else:
        remedy = manual("Nothing needs to be done; model.to(torch.bfloat16) before saving halves the file")
    return Problem(
        subject=folder.path, message=message, location=in_weights(folder), severity=severity, remedies=(remedy,)
    )
