"""MODEL006."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.registry import TRANSFORMERS_REGISTRY, VLLM_REGISTRY
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    vllm_names,
)


@rule(
    severity=Severity.ERROR,
    cause=Cause.OTHER,
    since="0.1.0",
    reads=(MODEL, DISTRIBUTIONS, VLLM_REGISTRY, TRANSFORMERS_REGISTRY),
)
def architecture_unknown(env: Env) -> Iterator[Problem]:
    """The installed vLLM knows the architecture of the model.

    ## What it checks
    That one of the names under `architectures` is in the registry of the installed vLLM, which is
    read from its source. A class that only transformers has is worth a warning where vLLM can
    run it through its Transformers backend.

    ## Why it matters
    vLLM refuses other names with a list of several hundred that it knows. A config that was saved
    from a PEFT model names `PeftModelForCausalLM`; older vLLM releases lack newer models, and newer
    ones have dropped some.

    ## How to fix it
    Correct the name from the base model's config, or install a vLLM that knows it.

    ## Sources
    - https://docs.vllm.ai/en/latest/models/supported_models.html
    - https://github.com/vllm-project/vllm/blob/main/vllm/model_executor/models/registry.py
    """
    config, transformers = config_of(env), env.look(TRANSFORMERS_REGISTRY)
    registry, named = vllm_names(env), config.get("architectures")
    if registry is None:
        raise NotApplicableError("vLLM is not installed in this environment")
    if not isinstance(named, list) or not named or not all(isinstance(item, str) for item in named):
        raise NotApplicableError("the config names no architecture")
    if any(item in registry.architectures for item in named):
        return
    folder, first = env.need(MODEL), named[0]
    elsewhere = transformers is not None and any(first in classes for classes in transformers.causal.values())
    if first.startswith("Peft"):
        message, advice = f"{first} is the wrapper of PEFT, not the model", "Name the class of the base model there"
    elif first in registry.removed:
        message = f"vLLM dropped {first}: the last release that has it is {registry.removed[first]}"
        advice = f"Install vLLM {registry.removed[first]} for this model"
    else:
        message = f"the installed vLLM does not know {first}"
        advice = "Install a vLLM that knows it, or correct the name"
    if registry.fallback and (elsewhere or "auto_map" in config):
        message += " and would run it through its Transformers backend"
        yield tell(folder, "config.json", message, by_hand(advice), severity=Severity.WARNING)
    else:
        yield tell(folder, "config.json", message, by_hand(advice))
