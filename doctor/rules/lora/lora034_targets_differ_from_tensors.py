"""LORA034."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_config, some, whole
from doctor.rules.lora.names import pairs_of, suffixes
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.WARNING, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS,))
def targets_differ_from_tensors(env: Env) -> Iterator[Problem]:
    """The target modules of each config are those that have tensors.

    ## What it checks
    The names in `target_modules` of the config are the last words of the modules that have a LoRA, and the
    reverse. A name without tensors is a note. A text is a pattern and is not compared.

    ## Why it matters
    vLLM goes by the tensors. PEFT goes by the list and leaves other tensors out without a word, so that the
    two answer differently. A name that matched no module was never trained.

    ## How to fix it
    Write the modules of the tensors into the config, if all of them were trained.

    ## Sources
    - https://huggingface.co/docs/peft/package_reference/lora
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/lora_model.py
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, config, tensors in whole(env):
        stated = config.get("target_modules")
        modules = list(pairs_of(tensors))
        if not isinstance(stated, list) or not modules:
            continue
        targets = {item for item in stated if isinstance(item, str)}
        meant = _meant_by(modules, targets)
        without_target = [module for module, names in meant.items() if not names]
        if without_target and not config.get("target_parameters"):
            yield _left_out(folder, suffixes(without_target))
        without_tensors = sorted(targets.difference(*meant.values()))
        if without_tensors:
            yield _not_trained(folder, without_tensors, suffixes(modules))


def _meant_by(modules: Iterable[str], targets: Collection[str]) -> dict[str, list[str]]:
    """Map each module to the targets that mean it: its name, or an end of it from a dot on."""
    # Not one target after the other: there may be 45,000 of both. No end that is longer than any target is one.
    longest = max(map(len, targets), default=0)
    if not any("." in target for target in targets):
        lasts = {module: module.rpartition(".")[2] for module in modules}
        return {module: [last] if last in targets else [] for module, last in lasts.items()}
    found = {}
    for module in modules:
        last = module[-longest - 1 :]
        ends = [last[place + 1 :] for place, letter in enumerate(last) if letter == "."]
        found[module] = [end for end in (module, *ends) if end in targets]
    return found


def _left_out(folder: AdapterFolder, names: list[str]) -> Problem:
    return Problem(
        subject=folder.path,
        message=f"its tensors hold {some(names)}, which its config does not name as a target: vLLM applies them, and "
        "PEFT leaves them out without a word",
        location=in_config(folder),
        remedies=(manual(f"If they were trained, add {some(names, 8)} to target_modules of the config"),),
    )


def _not_trained(folder: AdapterFolder, names: list[str], held: list[str]) -> Problem:
    return Problem(
        subject=folder.path,
        message=f"its config names the target {some(names)}, and its tensors {some(held, 8)}",
        location=in_config(folder),
        severity=Severity.INFO,
        remedies=(manual("If it was meant to be trained, correct the name and train again"),),
    )
