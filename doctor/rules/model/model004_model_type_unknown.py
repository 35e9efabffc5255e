"""MODEL004."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doctor.core.artifact.model import MODEL, ModelFolder
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.registry import TRANSFORMERS_REGISTRY, VLLM_REGISTRY, VllmRegistry
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.allowed import Allowed, allowed_model_types
from doctor.rules.model.reading import (
    config_of,
    transformers_names,
    vllm_names,
)


@rule(
    severity=Severity.ERROR,
    cause=Cause.TRANSFORMERS_TOO_OLD,
    since="0.1.0",
    reads=(MODEL, DISTRIBUTIONS, TRANSFORMERS_REGISTRY, VLLM_REGISTRY),
)
def model_type_unknown(env: Env) -> Iterator[Problem]:
    """The installed transformers knows the type of the model.

    ## What it checks
    That the config has a `model_type`, and that it is in the table of the installed transformers or
    of the installed vLLM, which reads some configs itself. The tables are read from their source.
    Where a list of versions names vLLM alone it is compared with every transformers that this vLLM
    allows. Which configs vLLM reads itself no list states: of a model that it serves and no transformers
    has (ChatGLM) the type stays open.

    ## Why it matters
    Both refuse a type that they do not know. A new model needs a new transformers.

    ## How to fix it
    Upgrade transformers as far as vLLM allows, or correct the type from the base model's config.

    ## Sources
    - https://huggingface.co/docs/transformers/model_doc/auto
    """
    folder, config = env.need(MODEL), config_of(env)
    model_type = config.get("model_type")
    if not isinstance(model_type, str) or not model_type:
        remedy = by_hand('Add "model_type" as the base model\'s config states it')
        yield tell(folder, "config.json", "it has no model_type", remedy, cause=Cause.MODEL_CONFIG_MISSING)
        return
    if (allowed := allowed_model_types(env)) is not None:
        yield from _known_to_none(folder, model_type, allowed, config, env)
        return
    registry, engine = transformers_names(env), vllm_names(env)
    if registry is None:
        raise NotApplicableError("transformers is not installed in this environment")
    if model_type not in registry.model_types and not _is_read_otherwise(env, config, model_type, engine):
        remedy = by_hand("Upgrade transformers to a release that knows it, or correct a misspelt name")
        yield tell(
            folder, "config.json", f"the installed transformers does not know the model_type {model_type!r}", remedy
        )


def _known_to_none(
    folder: ModelFolder, model_type: str, allowed: Allowed, config: Mapping[str, Any], env: Env
) -> Iterator[Problem]:
    """Report a type that no release of transformers knows which the stated vLLM allows."""
    if model_type in allowed.model_types or _is_read_otherwise(env, config, model_type, vllm_names(env)):
        env.unstated("which transformers is installed")
        return
    message = f"no transformers that {allowed.by} allows ({allowed.range}) knows the model_type {model_type!r}"
    yield tell(folder, "config.json", message, by_hand("Install a newer vLLM, which takes a newer transformers along"))


def _is_read_otherwise(env: Env, config: Mapping[str, Any], model_type: str, engine: VllmRegistry | None) -> bool:
    """Whether code in the folder reads the config, or vLLM does; a gap where vLLM may, and its files are not told."""
    if "auto_map" in config or (engine and model_type in engine.model_types):
        return True
    may = engine is not None and not engine.model_types and _is_vllms_own(env, config, engine)
    if may:
        env.unstated("which configs vLLM reads itself")
    return may


def _is_vllms_own(env: Env, config: Mapping[str, Any], engine: VllmRegistry) -> bool:
    """Whether vLLM serves the architecture and no transformers has it, as with ChatGLM: its config comes with vLLM."""
    named = config.get("architectures")
    if not isinstance(named, list) or not named or named[0] not in engine.architectures:
        return False
    rows = map(env.matrix.transformers_release, env.matrix.releases.versions("transformers"))
    return not any(row and named[0] in row.architectures for row in rows)
