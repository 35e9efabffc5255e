"""MODEL053."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import copy, tell
from doctor.rules.model.reading import (
    base_of,
    look,
)

_SLOW = (
    "tokenizer.model",
    "spiece.model",
    "sentencepiece.bpe.model",
    "tekken.json",
    "tiktoken.model",
    "vocab.txt",
    "qwen.tiktoken",
)


@rule(severity=Severity.ERROR, cause=Cause.TOKENIZER_FILES_MISSING, since="0.1.0", reads=(MODEL, BASE))
def tokenizer_missing(env: Env) -> Iterator[Problem]:
    """The folder holds the whole tokenizer.

    ## What it checks
    Whether there is a `tokenizer.json`, or the files that one can be made of (`tokenizer.model`, or
    `vocab.json` with `merges.txt`), and a `tokenizer_config.json`.

    ## Why it matters
    vLLM looks for the tokenizer in the model's folder and stops with `Couldn't instantiate the backend
    tokenizer`. It is missing where `save_pretrained_merged` was called without it, or only the
    model was saved. Without tokenizer_config.json special tokens and template are guessed.

    ## How to fix it
    Call `tokenizer.save_pretrained` into the folder, or copy the files from the base model where no token was added.

    ## Sources
    - https://huggingface.co/docs/transformers/main_classes/tokenizer
    - https://docs.unsloth.ai/basics/running-and-saving-models/saving-to-vllm
    """
    folder, base = env.need(MODEL), base_of(env)
    tokenizer = look(env, "tokenizer.json", folder.tokenizer)
    config = look(env, "tokenizer_config.json", folder.tokenizer_config)
    slow = any(folder.has(name) for name in _SLOW) or (folder.has("vocab.json") and folder.has("merges.txt"))
    otherwise = "Call `tokenizer.save_pretrained(...)` into the folder"
    if tokenizer is None and not slow:
        files = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja")
        remedy = copy(base, folder, *files, otherwise=otherwise)
        yield tell(folder, "tokenizer.json", "there is no tokenizer, without which vLLM does not start", remedy)
    elif config is None:
        remedy = copy(base, folder, "tokenizer_config.json", otherwise=otherwise)
        message = "it is missing: special tokens and the chat template are guessed"
        yield tell(folder, "tokenizer_config.json", message, remedy, severity=Severity.WARNING)
