"""Putting what a text names in the place of the words that stand for it in a remedy: MODEL, BASE, ADAPTER, PACKAGE.

A row of the matrix cannot know which model somebody serves; his log does. What is taken from a text
is taken only where it is plainly a name or a path, for it ends up in a command that is pasted.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator

from doctor.core.report import Remedy

_NAME = r"[A-Za-z0-9_./~][\w./@:~+-]{0,199}"
_PATTERNS = {
    "MODEL": (
        rf"LLM engine \(v[^)]{{1,60}}\) with config: model='({_NAME})'",
        rf"'model(?:_tag)?': '({_NAME})'",
        rf"\bvllm serve ({_NAME})",
        rf"--model[ =]({_NAME})",
        rf"\bModel(?:Config)?\(.{{0,40}}model='({_NAME})'",
    ),
    "ADAPTER": (
        rf"--lora-modules [\w.-]{{1,80}}=({_NAME})",
        rf"No adapter found for ({_NAME})",
        rf"lora_path='({_NAME})'",
        rf"Loading lora ({_NAME}) failed",
        rf"While loading ({_NAME}), expected",
    ),
    "NAME": (r"--lora-modules ([\w.-]{1,80})=", r"lora_name='([\w.-]{1,80})'"),
    "PACKAGE": (
        r"/(?:site|dist)-packages/(\w{2,60})(?:\.cpython\S{1,60}|\.abi3)?\.so: undefined symbol",
        r"/(?:site|dist)-packages/(\w{2,60})/\S{1,200}\.so[.\d]{0,10}: (?:undefined symbol|file too short|invalid ELF)",
        r"No module named '(PIL|[a-z]\w{1,60})'",
    ),
}
_PATTERNS["BASE"] = _PATTERNS["MODEL"]

# Modules whose distribution has another name than theirs.
_DISTRIBUTIONS = {
    "flash_attn_2_cuda": "flash-attn",
    "flash_attn_3": "flash-attn-3",
    "transformer_engine_extensions": "transformer-engine",
    "transformer_engine_torch": "transformer-engine",
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "yaml": "pyyaml",
    "sklearn": "scikit-learn",
    "awq": "autoawq",
}


def fill(remedies: Iterable[Remedy], text: str) -> tuple[Remedy, ...]:
    """The remedies, with what the text names in the commands; a word that it says nothing of stays."""
    return tuple(_filled(remedy, text) for remedy in remedies)


def _filled(remedy: Remedy, text: str) -> Remedy:
    commands = tuple(tuple(_word(word, text) for word in command) for command in remedy.commands)
    return dataclasses.replace(remedy, commands=commands)


def _word(word: str, text: str) -> str:
    """One word of a command: ``NAME=ADAPTER`` holds two of them."""
    parts = word.split("=")
    return "=".join(_named(part, text) if part in _PATTERNS else part for part in parts)


def _named(placeholder: str, text: str) -> str:
    found = next(_all(placeholder, text), placeholder)
    return _DISTRIBUTIONS.get(found, found.replace("_", "-")) if placeholder == "PACKAGE" else found


def _all(placeholder: str, text: str) -> Iterator[str]:
    for pattern in _PATTERNS[placeholder]:
        match = re.search(pattern, text)
        if match:
            yield match[1]
