"""The special tokens of a folder: ids in configs, texts in the files of the tokenizer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctor.core.artifact.model import Tokenizer

ALGORITHMS = ("BPE", "Unigram", "WordPiece", "WordLevel")
"""What the library tokenizers can read (https://huggingface.co/docs/tokenizers/api/models)."""


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
