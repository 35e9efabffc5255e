"""LORA042."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.lora.bases import plain_name
from doctor.rules.lora.folders import configs, in_config
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.WARNING, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS,))
def different_bases(env: Env) -> Iterator[Problem]:
    """Adapters that are served together were trained on one base.

    ## What it checks
    Where several adapters are given, the bases that their configs name are the same model. Owner, folder and labels
    of 4-bit copies are left out of the comparison.

    ## Why it matters
    One vLLM serves all of its adapters on one base. The adapter of another base of the same sizes loads,
    and answers wrongly.

    ## How to fix it
    Start one server for each base.

    ## Sources
    - https://docs.vllm.ai/en/latest/features/lora.html
    """
    named = [
        (folder, name)
        for folder, config in configs(env)
        if isinstance(name := config.get("base_model_name_or_path"), str) and name
    ]
    if len(named) < 2:
        raise NotApplicableError("there are no two adapters that name their base")
    first, base = named[0]
    for folder, name in named[1:]:
        if plain_name(name) != plain_name(base):
            yield Problem(
                subject=folder.path,
                message=f"it was trained on {name}, and {first.path} on {base}: one server has one base",
                location=in_config(folder),
                remedies=(manual("Start a server for each base, each with its own adapters"),),
            )
