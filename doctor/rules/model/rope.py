"""The rotary embedding in the spellings of transformers 4 and 5.

transformers 4 writes ``rope_theta`` and ``rope_scaling``, transformers 5 one block
``rope_parameters`` (https://huggingface.co/docs/transformers/internal/rope_utils).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

DEFAULT_THETA = 10000.0
"""What every release takes where a config states no base."""


def is_number(value: object) -> bool:
    """Whether a value is a number and no truth value."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def kind_of(block: Mapping[str, Any]) -> str:
    """The type that a block states, under its new name or its old one."""
    return str(block.get("rope_type") or block.get("type") or "default")


def rope_blocks(config: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the blocks of a config with their paths; those of models with two kinds of layers one by one."""
    for name in ("rope_scaling", "rope_parameters"):
        block = config.get(name)
        if not isinstance(block, dict):
            continue
        inner = {kind: item for kind, item in block.items() if isinstance(item, dict)}
        if inner:
            yield from ((f"{name}.{kind}", item) for kind, item in inner.items())
        else:
            yield name, block


def lost_in_old_releases(config: Mapping[str, Any]) -> list[str]:
    """What stands in ``rope_parameters`` alone and is no default: transformers 4 does not read it."""
    block = config.get("rope_parameters")
    if not isinstance(block, dict):
        return []
    if any(isinstance(item, dict) for item in block.values()):
        return [] if "rope_theta" in config else ["the base of each kind of layer"]
    theta, kind = block.get("rope_theta", DEFAULT_THETA), kind_of(block)
    lost = [f"the base {theta!r}"] if theta != DEFAULT_THETA and config.get("rope_theta") is None else []
    return lost + ([f"the scaling {kind}"] if kind != "default" and not config.get("rope_scaling") else [])
