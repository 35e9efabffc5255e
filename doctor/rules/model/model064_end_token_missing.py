"""MODEL064."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    content_or_nothing,
    text_config,
)
from doctor.rules.model.tokens import ids_of, text_of


@rule(severity=Severity.WARNING, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def end_token_missing(env: Env) -> Iterator[Problem]:
    """The folder says which token ends an answer.

    ## What it checks
    `eos_token_id` in config.json and generation_config.json, and `eos_token` of the tokenizer.

    ## Why it matters
    With none of them every answer runs to the limit of tokens. vLLM takes the tokenizer's where the configs
    state none; `generate` of transformers does not.

    ## How to fix it
    Set `eos_token_id` in generation_config.json to the id of the tokenizer's `eos_token`.

    ## Sources
    - https://huggingface.co/docs/transformers/main_classes/text_generation
    """
    folder = env.need(MODEL)
    config, generation = config_of(env), content_or_nothing(env, folder.generation_config)
    named = content_or_nothing(env, folder.tokenizer_config), content_or_nothing(env, folder.special_tokens_map)
    if any(ids_of(values.get("eos_token_id")) for values in (config, text_config(config), generation)):
        return
    tokenizer = next((text for values in named if (text := text_of(values.get("eos_token")))), None)
    remedy = by_hand("Set eos_token_id in generation_config.json to the id of the token that ends an answer")
    if tokenizer is None:
        message = "neither the configs nor the tokenizer say which token ends an answer: none ever ends"
        yield tell(folder, "generation_config.json", message, remedy, severity=Severity.ERROR)
    else:
        message = f"only the tokenizer says that {tokenizer} ends an answer: transformers does not stop at it"
        yield tell(folder, "generation_config.json", message, remedy)
