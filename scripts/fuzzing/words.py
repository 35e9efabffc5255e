"""The words that a fuzzer puts into inputs, taken from sound ones."""

from __future__ import annotations

import re
from collections.abc import Iterable


def dictionary(examples: Iterable[bytes]) -> str:
    """The words of the seeds in the form of libFuzzer's dictionaries (https://llvm.org/docs/LibFuzzer.html#dictionaries)."""
    words = {word for seed in examples for word in re.findall(rb'"[^"\\]{1,40}"|[A-Za-z_][\w.-]{2,40}', seed[:200_000])}
    return "".join(f'"{_escaped(word)}"\n' for word in sorted(words)[:2000])


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)
