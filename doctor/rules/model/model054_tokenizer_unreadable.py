"""MODEL054."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import BASE, MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import copy, tell
from doctor.rules.model.reading import base_of, look
from doctor.rules.model.tokens import ALGORITHMS


@rule(severity=Severity.ERROR, cause=Cause.TOKENIZER_FILES_MISSING, since="0.1.0", reads=(MODEL, BASE))
def tokenizer_unreadable(env: Env) -> Iterator[Problem]:
    """The files of the tokenizer can be read.

    ## What it checks
    That `tokenizer.json`, `tokenizer_config.json` and `special_tokens_map.json` are JSON objects, and that the
    first is of an algorithm that the library tokenizers has.

    ## Why it matters
    vLLM does not start. The texts do not name the file: `Expecting property name enclosed in double
    quotes: line 173`, `data did not match any variant of untagged enum ModelUntagged`.

    ## How to fix it
    Copy the file again, or call `tokenizer.save_pretrained` into the folder.

    ## Sources
    - https://huggingface.co/docs/tokenizers/api/models
    """
    folder, base = env.need(MODEL), base_of(env)
    tokenizer = look(env, "tokenizer.json", folder.tokenizer)
    damages = {}
    if tokenizer is not None and tokenizer.damage is not None:
        damages["tokenizer.json"] = tokenizer.damage.detail
    elif tokenizer is not None and tokenizer.model not in ALGORITHMS:
        damages["tokenizer.json"] = f"it is of the algorithm {tokenizer.model!r}, which tokenizers does not have"
    for fact in (folder.tokenizer_config, folder.special_tokens_map):
        document = look(env, "a file of the tokenizer", fact)
        if document is not None and document.damage is not None:
            damages[document.name] = document.damage.detail
    for name, detail in damages.items():
        remedy = copy(base, folder, name, otherwise="Call `tokenizer.save_pretrained(...)` into the folder")
        yield tell(folder, name, detail, remedy)
