"""LORA041."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.adapter import ADAPTERS
from doctor.core.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.base import config_of, folder_of
from doctor.rules.lora.bases import is_cached, is_path, plain_name
from doctor.rules.lora.folders import configs, in_config
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.WARNING, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS, MODEL, BASE))
def other_base(env: Env) -> Iterator[Problem]:
    """Each adapter is served on the base that it was trained on.

    ## What it checks
    The name of the base in the adapter's config is that of the folder given as `--model` or `--base`, or
    the name that its config.json states as its origin. Labels of 4-bit copies are left out of the comparison. A
    folder that says nothing of its origin may hold that model under another name: then it is a note.

    ## Why it matters
    Every model of one architecture and size takes the adapter; put on another one (the instruct for the
    base model, a newer release), it answers wrongly, and nothing says so.

    ## How to fix it
    Serve it on the model that it names. If it is the same model under another name, nothing needs to be
    done.

    ## Sources
    - https://huggingface.co/docs/peft/developer_guides/checkpoint
    - https://docs.vllm.ai/en/latest/features/lora.html
    """
    for folder, config in configs(env):
        name = config.get("base_model_name_or_path")
        if not isinstance(name, str) or not name:
            continue
        model = folder_of(env)
        origin = config_of(env, model).get("_name_or_path")
        stated = origin if isinstance(origin, str) and origin and not is_path(origin) else ""
        told = {plain_name(model.path), plain_name(stated)}
        if plain_name(name) not in told and name.rstrip("/") != model.path:
            sure = bool(stated) or is_cached(model.path)
            yield Problem(
                subject=folder.path,
                message=f"it was trained on {name}, and is to be served on {model.path}"
                + (f", which is {stated}" if stated else ""),
                location=in_config(folder),
                severity=Severity.WARNING if sure else Severity.INFO,
                remedies=(manual("Compare the two models; if they are the same, write its name into the config"),),
            )
