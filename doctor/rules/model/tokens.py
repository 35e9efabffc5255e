"""The special tokens of a folder: ids in configs, texts in the files of the tokenizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctor.core.artifact.families import FAMILIES
from doctor.core.artifact.model import Tokenizer
from doctor.rules.model.reading import text_config

ALGORITHMS = ("BPE", "Unigram", "WordPiece", "WordLevel")
"""What the library tokenizers can read (https://huggingface.co/docs/tokenizers/api/models)."""


def vocabulary(config: Mapping[str, Any]) -> int | None:
    """How many tokens of text a model has: what its config states, or its class takes; None where nothing tells.

    Of a model for speech (CSM) ``vocab_size`` counts the codes of sound.
    """
    inner = text_config(config)
    family = FAMILIES.get(str(inner.get("model_type")))
    stated = inner.get("text_vocab_size", inner.get("vocab_size", family.defaults["vocab_size"] if family else None))
    return stated if type(stated) is int else None


def stated_ends(config: Mapping[str, Any], generation: Mapping[str, Any]) -> tuple[int, ...]:
    """The ids that end an answer, of the first file that states some: generation_config.json goes before the config.

    Where a model of parts states none itself, its language model may.
    """
    values = (generation, config, text_config(config))
    return next((ids for item in values if (ids := ids_of(item.get("eos_token_id")))), ())


def ids_of(value: Any) -> tuple[int, ...]:
    """The ids that an entry of a config states: one, a list, or none."""
    values = value if isinstance(value, list) else [value]
    return tuple(item for item in values if type(item) is int)


def text_of(entry: Any) -> str | None:
    """The text of a special token, which is written as it is or as an object with its content."""
    text = entry.get("content") if isinstance(entry, Mapping) else entry
    return text if isinstance(text, str) else None


def end_id(tokenizer: Tokenizer, *documents: Mapping[str, Any]) -> int | None:
    """The id of the token that the files of the tokenizer name as the end, the first that names one."""
    for document in documents:
        text = text_of(document.get("eos_token"))
        if text is not None:
            return tokenizer.ids.get(text)
    return None
