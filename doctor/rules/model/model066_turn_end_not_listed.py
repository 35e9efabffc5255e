"""MODEL066."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    content_or_nothing,
    need,
    text_config,
)
from doctor.rules.model.tokens import end_id, ids_of
from doctor.rules.pkg.stack import listing

_ENDS = (
    "<|im_end|>",
    "<|eot_id|>",
    "<end_of_turn>",
    "<turn|>",
    "<|endofturn|>",
    "<|end_of_turn|>",
    "<|END_OF_TURN_TOKEN|>",
)


@rule(severity=Severity.WARNING, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def turn_end_not_listed(env: Env) -> Iterator[Problem]:
    """The token with which the chat template ends a turn ends an answer.

    ## What it checks
    Tokens that end a turn in common templates (`<|im_end|>`, `<|eot_id|>`, `<end_of_turn>`): one that
    the template writes and the tokenizer has must be among the tokens that end an answer.

    ## Why it matters
    The model writes it at the end of its answer and goes on, playing both sides of the
    conversation until the limit.

    ## How to fix it
    Add its id to `eos_token_id` in generation_config.json.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/5386
    - https://github.com/unslothai/unsloth/issues/416
    """
    folder = env.need(MODEL)
    config, generation = config_of(env), content_or_nothing(env, folder.generation_config)
    tokenizer = need(env, "tokenizer.json", folder.tokenizer)
    templates = need(env, "the chat templates", folder.chat_templates)
    named = content_or_nothing(env, folder.tokenizer_config), content_or_nothing(env, folder.special_tokens_map)
    stated = (values.get("eos_token_id") for values in (generation, config, text_config(config)))
    ends = {*itertools.chain.from_iterable(map(ids_of, stated)), end_id(tokenizer, *named)}
    written = [token for token in _ENDS if any(token in text for text in templates.values()) and token in tokenizer.ids]
    if written and not any(tokenizer.ids[token] in ends for token in written):
        numbers = listing(f"{token} ({tokenizer.ids[token]})" for token in written)
        message = f"the chat template ends a turn with {numbers}, at which no answer ends"
        remedy = by_hand("Add its id to eos_token_id in generation_config.json")
        yield tell(folder, "generation_config.json", message, remedy)
