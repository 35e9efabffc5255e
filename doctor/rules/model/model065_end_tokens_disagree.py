"""MODEL065."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    content_or_nothing,
    need,
)
from doctor.rules.model.tokens import end_id, stated_ends
from doctor.rules.pkg.stack import listing


@rule(severity=Severity.WARNING, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def end_tokens_disagree(env: Env) -> Iterator[Problem]:
    """The tokenizer and the configs name the same token as the end of an answer.

    ## What it checks
    Whether the id of the tokenizer's `eos_token` is among the `eos_token_id` of config.json and
    generation_config.json.

    ## Why it matters
    vLLM stops at the tokenizer's token and at those of generation_config.json; transformers at those of the latter,
    or of config.json. Where they disagree an answer ends in one and not in the other, or never.

    ## How to fix it
    List all tokens that end an answer under `eos_token_id` in generation_config.json.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/5386
    - https://huggingface.co/docs/transformers/main_classes/text_generation
    """
    folder = env.need(MODEL)
    config, generation = config_of(env), content_or_nothing(env, folder.generation_config)
    tokenizer = need(env, "tokenizer.json", folder.tokenizer)
    named = content_or_nothing(env, folder.tokenizer_config), content_or_nothing(env, folder.special_tokens_map)
    end, stated = end_id(tokenizer, *named), stated_ends(config, generation)
    if end is not None and stated and end not in stated:
        message = f"the tokenizer ends with the token {end}, and the configs with {listing(map(str, stated))}"
        remedy = by_hand(f"Set eos_token_id in generation_config.json to {[*stated, end]}, without what is wrong")
        yield tell(folder, "generation_config.json", message, remedy)
