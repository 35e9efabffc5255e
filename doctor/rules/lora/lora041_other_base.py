"""LORA041."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, rule
from doctor.core.serve import SERVE
from doctor.rules.lora.base import architecture_of, base_of, config_of, folder_of
from doctor.rules.lora.bases import is_cached, is_path, plain_name
from doctor.rules.lora.fitting import misfits
from doctor.rules.lora.folders import configs, in_config
from doctor.rules.lora.names import pairs_of
from doctor.rules.lora.remedies import manual

TWICE = ", which is another folder than its base: if it was merged into that model, it is applied twice"


@rule(severity=Severity.WARNING, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS, MODEL, BASE, SERVE))
def other_base(env: Env) -> Iterator[Problem]:
    """Each adapter is served on the base that it was trained on.

    ## What it checks
    The name of the base in the adapter's config is that of the folder given as `--model` or `--base`, or
    the name that its config.json states as its origin. Labels of 4-bit copies are left out of the comparison. A
    folder that says nothing of its origin may hold that model under another name: then it is a note. Where the
    adapter's own matrices do not fit the folder's modules, or its config names another class of model
    (`auto_mapping`), it cannot be that model: then it is an error. A command line (`--serve`) that puts it on
    another folder than the one that `--base` names, on which it was trained, is a warning.

    ## Why it matters
    Every model of one architecture and size takes the adapter; put on another one (the instruct for the
    base model, a newer release), it answers wrongly, and nothing says so. On the model that it was merged
    into it is applied twice.

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
        stated = origin if isinstance(origin, str) and not is_path(origin) else ""
        told = {plain_name(text) for text in (model.path, stated) if text}
        if plain_name(name) in told:
            continue
        proof = _proof(env, folder, config)
        merged = not proof and _is_put_on_another(env, name)
        yield Problem(
            subject=folder.path,
            message=f"it was trained on {name}, and is to be served on {model.path}"
            + (f", which is {stated}" if stated else "")
            + (f": {proof}" if proof else "")
            + (TWICE if merged else ""),
            location=in_config(folder),
            severity=Severity.WARNING if merged else _severity(proof, stated, model.path),
            remedies=(
                manual(f"Serve {name} with it, or {model.path} without it")
                if merged
                else manual("Serve it on the model that it was trained on")
                if proof
                else manual("Compare the two models; if they are the same, write its name into the config"),
            ),
        )


def _is_put_on_another(env: Env, name: str) -> bool:
    """Whether a command puts an adapter on a folder, although its own base is another that is there."""
    command, base = env.look(SERVE), env.look(BASE)
    if command is None or base is None or not command.on("enable_lora"):
        return False
    return plain_name(name) == plain_name(base.path)


def _severity(proof: str, stated: str, path: str) -> Severity:
    if proof:
        return Severity.ERROR
    return Severity.WARNING if stated or is_cached(path) else Severity.INFO


def _proof(env: Env, folder: AdapterFolder, config: Mapping[str, Any]) -> str:
    """What shows that the served model is another one, or ""."""
    seen = ""
    try:
        seen = _seen(env, folder, config)
    except NotApplicableError:
        pass  # LORA036 and the rules on models say what is wrong with it
    except UndeterminedError as error:
        env.gap(str(error))
    return seen


def _seen(env: Env, folder: AdapterFolder, config: Mapping[str, Any]) -> str:
    trained = _class_of(config)
    if trained and trained != (served := architecture_of(env)):
        return f"its config says that it was put on a {trained}, and that is a {served}"
    weights = env.note(f"weights of {folder.path}", folder.weights)
    pairs = pairs_of(weights.tensors()) if weights is not None else {}
    # Rows are added to an embedding, which makes no other model of it.
    pairs = {module: pair for module, pair in pairs.items() if not pair.embedding and ".experts" not in module}
    base = base_of(env)
    missing = [module for module in pairs if base.near(module) is None]
    if missing:
        return f"that has no {missing[0]}"
    turned = bool(config.get("fan_in_fan_out"))
    projections = {name: pair for name, pair in pairs.items() if not name.endswith(("embed_tokens", "lm_head"))}
    return next(iter(misfits(env, base, projections, turned=turned)), "")


def _class_of(config: Mapping[str, Any]) -> str:
    """The class that PEFT put the adapter on, where it noted that: it does for models without a task type."""
    mapping = config.get("auto_mapping")
    name = mapping.get("base_model_class") if isinstance(mapping, dict) else None
    return name if isinstance(name, str) and name.endswith("ForCausalLM") else ""
