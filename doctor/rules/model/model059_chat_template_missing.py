"""MODEL059."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import copy, tell
from doctor.rules.model.reading import (
    base_of,
    need,
)


@rule(severity=Severity.WARNING, cause=Cause.TOKENIZER_FILES_MISSING, since="0.1.0", reads=(MODEL, BASE))
def chat_template_missing(env: Env) -> Iterator[Problem]:
    """The folder holds a chat template.

    ## What it checks
    `chat_template.jinja`, and `chat_template` in tokenizer_config.json.

    ## Why it matters
    Without one vLLM refuses requests for a chat: `As of transformers v4.44, default chat template is no
    longer allowed`. Completions still work, and a model that only completes needs none.

    ## How to fix it
    Copy the template from the base model, or start vLLM with `--chat-template FILE`: it must be
    the one that was trained with.

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
    """
    folder, base = env.need(MODEL), base_of(env)
    if not need(env, "the chat templates", folder.chat_templates):
        otherwise = "Give vLLM the template that was trained with (--chat-template FILE), or save it with the tokenizer"
        remedy = copy(base, folder, "chat_template.jinja", otherwise=otherwise)
        yield tell(folder, "chat_template.jinja", "there is no chat template: requests for a chat are refused", remedy)
