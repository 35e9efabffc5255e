"""What the real transformers and vLLM did with each folder, as `tests/realenv/test_defects.py` last measured it.

`measured.json` holds the date, the versions, and for each folder what was compared with the good one: the tokens
that Hugging Face and vLLM generate, those that the tokenizer makes of a text, and those that vLLM's chat makes of a
conversation. Each is ``right``, ``other``, or the name of the exception.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.defects.table import Served

FILE = Path(__file__).with_name("measured.json")

NOT_LOADED = ("M138", "M223")
"""A pickle of tensors, which the standard library cannot write, and a config that stands for 7 billion parameters."""

ANOTHER_MODEL = ("M002", "M180", "M180b", "M181", "M182")
"""Good folders of other models: their tokens are right and not those of the good one."""

RIGHT, OTHER = "right", "other"


@dataclass(frozen=True)
class Measured:
    """What came of one folder."""

    huggingface: str
    tokenizer: str
    vllm: str
    chat: str

    @property
    def served(self) -> Served:
        """What vLLM did with it."""
        if self.vllm not in (RIGHT, OTHER):
            return Served.REFUSED
        if self.vllm == OTHER:
            return Served.WRONG
        return Served.RIGHT if self.chat == RIGHT else Served.CHAT

    @property
    def refused(self) -> bool:
        """Whether one of the two libraries, or the tokenizer, did not load it."""
        return any(found not in (RIGHT, OTHER) for found in (self.huggingface, self.tokenizer, self.vllm))


def read() -> dict[str, Measured]:
    """What was measured, by the folders' numbers."""
    return {number: Measured(*found) for number, found in json.loads(FILE.read_text())["folders"].items()}


def write(path: Path, found: Mapping[str, Measured], *, date: str, versions: Mapping[str, str]) -> None:
    """Write what was measured, a folder a line."""
    rows = ",\n".join(
        f'  "{number}": {json.dumps([item.huggingface, item.tokenizer, item.vllm, item.chat])}'
        for number, item in found.items()
    )
    head = f'{{\n "date": {json.dumps(date)},\n "versions": {json.dumps(dict(versions))},\n "folders": {{\n'
    path.write_text(f"{head}{rows}\n }}\n}}\n")
