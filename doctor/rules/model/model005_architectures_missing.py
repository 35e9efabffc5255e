"""MODEL005."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.families import FAMILIES
from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    vllm_version,
)

_RECOVERS = Version("0.12.0")


@rule(severity=Severity.WARNING, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def architectures_missing(env: Env) -> Iterator[Problem]:
    """The config names its architecture in a list.

    ## What it checks
    That `architectures` is a list of names with at least one.

    ## Why it matters
    vLLM chooses its model class by it. A text in place of a list is refused; without a name vLLM up to
    0.11 stops, later ones guess from the model type. transformers does not look at it, so a
    model that loads there says nothing.

    ## How to fix it
    Add `"architectures": ["LlamaForCausalLM"]`, or what the base model has there.

    ## Sources
    - https://docs.vllm.ai/en/latest/models/supported_models.html
    """
    config, version = config_of(env), vllm_version(env)
    folder, named = env.need(MODEL), config.get("architectures")
    fitting = FAMILIES.get(str(config.get("model_type")))
    remedy = by_hand(
        f'Set "architectures": ["{fitting.architecture}"] in config.json'
        if fitting
        else 'Set "architectures" in config.json to what it is in that of the base model'
    )
    if named is None or named == []:
        old = version is not None and version < _RECOVERS
        consequence = f"vLLM {version} needs it" if old else "vLLM has to guess it from the model type"
        severity = Severity.ERROR if old else Severity.WARNING
        yield tell(folder, "config.json", f"it names no architecture: {consequence}", remedy, severity=severity)
    elif not isinstance(named, list) or not all(isinstance(item, str) for item in named):
        message = f"architectures is {named!r}, and vLLM needs a list of names"
        yield tell(folder, "config.json", message, remedy, severity=Severity.ERROR)
