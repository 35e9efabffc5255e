"""LORA035."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.base import Base, base_of
from doctor.rules.lora.folders import in_weights, tables
from doctor.rules.lora.names import PREFIX, pairs_of, suffixes
from doctor.rules.lora.paths import beginnings
from doctor.rules.lora.remedies import manual, mend


@rule(severity=Severity.ERROR, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS, MODEL, BASE))
def no_module_matches(env: Env) -> Iterator[Problem]:
    """The modules of each adapter are modules of the base.

    ## What it checks
    At least one module that the adapter's tensors name is among those that the weights of `--model`
    or `--base` name. In models for text and images the part before the language model is left out of
    the comparison, because vLLM renames it.

    ## Why it matters
    vLLM loads such an adapter and serves the base model, with a line in the debug log only, when the last words of
    the names are known; PEFT leaves the adapter at its start values. It happens when the adapter
    was trained on the other form of a model (`model.language_model.layers` against `model.layers`).

    ## How to fix it
    Rename the tensors, which `doctor fix --adapter DIR --base DIR --apply` does where all then fit, or serve the
    adapter on the model that it was trained on.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/34186
    - https://github.com/vllm-project/vllm/issues/48019
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, tensors in tables(env):
        modules = [name for name in pairs_of(tensors) if ".experts" not in name]
        if not modules:
            continue
        base = base_of(env)
        if not any(base.find(module) for module in modules):
            yield _problem(folder, base, modules, any(text.startswith(PREFIX) for text in tensors))


def _problem(folder: AdapterFolder, base: Base, modules: list[str], prefixed: bool) -> Problem:
    near = next(((module, near) for module in modules if (near := base.near(module))), None)
    silent = base.words.issuperset(suffixes(modules))
    effect = "vLLM serves the base model without a word" if silent else "vLLM refuses it"
    message = f"none of its {len(modules)} modules is one of {base.path} ({modules[0]}): {effect}"
    if near is None:
        advice = manual("Serve it on the model that it was trained on")
        return Problem(subject=folder.path, message=message, location=in_weights(folder), remedies=(advice,))
    module, other = near
    prefix = PREFIX if prefixed else ""
    old, new = (prefix + name for name in beginnings(module, other))
    return Problem(
        subject=folder.path,
        message=message,
        location=in_weights(folder),
        remedies=(
            mend(
                folder,
                f"If it was trained on the same language model, put {new} for {old} in the names",
                base=base.path,
            ),
        ),
    )
