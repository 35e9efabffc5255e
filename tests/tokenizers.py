"""Tiny tokenizers: byte-level BPE with a few merges."""

from __future__ import annotations

from typing import Any

TEMPLATE = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def byte_letters() -> list[str]:
    """The 256 letters in which byte-level BPE writes bytes (GPT-2)."""
    kept = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [number for number in range(256) if number not in kept]
    letters = {number: chr(number) for number in kept}
    letters |= {number: chr(256 + position) for position, number in enumerate(others)}
    return [letters[number] for number in range(256)]


def tokenizer_json() -> dict[str, Any]:
    """A byte-level BPE tokenizer: three special tokens, 256 bytes, a few merges, three role tokens."""
    special = ("<pad>", "<s>", "</s>")
    merges = [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o")]
    tokens = [*special, *byte_letters(), *("".join(pair) for pair in merges)]
    roles = ("<|user|>", "<|assistant|>", "<|system|>")
    added = [*enumerate(special), *((len(tokens) + number, role) for number, role in enumerate(roles))]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": number, "content": token, **flags} for number, token in added],
        "normalizer": None,
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: number for number, token in enumerate(tokens)},
            "merges": [list(pair) for pair in merges],
        },
    }


def tokenizer_config() -> dict[str, Any]:
    return {
        "bos_token": "<s>",
        "clean_up_tokenization_spaces": False,
        "eos_token": "</s>",
        "model_max_length": 512,
        "pad_token": "<pad>",
        "tokenizer_class": "PreTrainedTokenizerFast",
        "chat_template": TEMPLATE,
    }
