"""Weights whose numbers are wrong, which only --deep looks at."""

from __future__ import annotations

from pathlib import Path

from tests.defects.table import WRONG, defect
from tests.models import Draft

HEAD, EMBEDDING = "lm_head.weight", "model.embed_tokens.weight"
NAN, INFINITY = b"\xc0\x7f", b"\x80\x7f"
"""In bfloat16."""


def put(draft: Draft, name: str, value: bytes) -> None:
    """Put a value of two bytes into the middle of a tensor."""
    tensor = draft.tensors[name]
    content = bytearray(tensor.content or bytes(tensor.size))
    middle = len(content) // 4 * 2
    content[middle : middle + 2] = value
    tensor.content = bytes(content)


@defect("M300", "one NaN in a projection", WRONG, "MODEL070", deep=True)
def _(draft: Draft, folder: Path) -> None:
    put(draft, "model.layers.1.mlp.up_proj.weight", NAN)
    draft.write(folder)


@defect("M301", "one infinity in a norm", WRONG, "MODEL070", deep=True)
def _(draft: Draft, folder: Path) -> None:
    put(draft, "model.norm.weight", INFINITY)
    draft.write(folder)


@defect("M302", "the head is all zero", WRONG, "MODEL071", deep=True)
def _(draft: Draft, folder: Path) -> None:
    draft.tensors[HEAD].content = None
    draft.write(folder)


@defect("M303", "a shard that was never filled", WRONG, "MODEL071", deep=True)
def _(draft: Draft, folder: Path) -> None:
    draft.shards = 3
    for name in list(draft.tensors)[1::3]:
        draft.tensors[name].content = None
    draft.write(folder)
