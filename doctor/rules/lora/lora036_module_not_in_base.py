"""LORA036."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.base import Base, base_of
from doctor.rules.lora.folders import in_weights, some, tables
from doctor.rules.lora.names import pairs_of
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.ERROR, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS, MODEL, BASE))
def module_not_in_base(env: Env) -> Iterator[Problem]:
    """Every module of an adapter is one that the base has and that can be adapted.

    ## What it checks
    Of an adapter of which some modules are in the base all are: no layer beyond its last, no module of
    another architecture, none that is no matrix (a norm).

    ## Why it matters
    Where the last word of the name is known, vLLM and PEFT leave the module out without a word, and the answers
    are those of a part of the adapter. Where it is not, vLLM refuses the whole adapter: "expected
    target modules in {...}".

    ## How to fix it
    Serve the adapter on the model that it was trained on.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/lora_model.py
    - https://huggingface.co/docs/peft/developer_guides/troubleshooting
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, tensors in tables(env):
        modules = [name for name in pairs_of(tensors) if ".experts" not in name]
        if not modules:
            continue
        base = base_of(env)
        missing = [name for name in modules if not base.can_adapt(name)]
        if missing and any(base.find(name) for name in modules):
            yield Problem(
                subject=folder.path,
                message=f"{len(missing)} of its {len(modules)} modules cannot be adapted in {base.path} "
                f"({some(missing)}): {_effect(base, missing)}",
                location=in_weights(folder),
                remedies=(manual("Serve it on the model that it was trained on, or train it again for this one"),),
            )


def _effect(base: Base, missing: list[str]) -> str:
    unknown = sorted({name.rpartition(".")[2] for name in missing} - base.words)
    if unknown:
        return f"vLLM refuses the whole adapter because of {some(unknown)}"
    return "vLLM leaves them out without a word"
