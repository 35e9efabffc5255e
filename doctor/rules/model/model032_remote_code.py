"""MODEL032."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.packages.registry import TRANSFORMERS_REGISTRY
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    content_or_nothing,
)


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(MODEL, TRANSFORMERS_REGISTRY))
def remote_code(env: Env) -> Iterator[Problem]:
    """The model needs no code from its own folder.

    ## What it checks
    `auto_map` in config.json and tokenizer_config.json, and whether the installed transformers has the
    type itself.

    ## Why it matters
    Both libraries refuse such a model unless they are told to trust its code, and transformers may ask
    on the terminal. The code then runs with all rights of the server. For a type that
    transformers has, the entry is left over and often stale.

    ## How to fix it
    Take `auto_map` out where the class is built in; else read the code before you give
    `--trust-remote-code`.

    ## Sources
    - https://huggingface.co/docs/transformers/models#custom-models
    """
    folder, registry = env.need(MODEL), env.look(TRANSFORMERS_REGISTRY)
    config = config_of(env)
    tokenizer = content_or_nothing(env, folder.tokenizer_config)
    built_in = registry is not None and config.get("model_type") in registry.model_types
    for file, values in (("config.json", config), ("tokenizer_config.json", tokenizer)):
        if not values.get("auto_map"):
            continue
        if built_in:
            message, advice = (
                "it names code of its own (auto_map) for a type that transformers has",
                "Take auto_map out",
            )
            yield tell(folder, file, message, by_hand(advice), severity=Severity.WARNING)
        else:
            message = "it names code of its own (auto_map), which nothing runs without --trust-remote-code"
            yield tell(folder, file, message, by_hand("Read the code in the folder before you trust it"))
