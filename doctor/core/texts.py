"""Rewriting every text in a value: facts, and the frozen dataclasses in them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from enum import Enum
from functools import partial
from typing import Any


def rewrite(value: Any, replace: Callable[..., str]) -> Any:
    """A value made again with `replace` called on every text in it; what stays the same is kept as it is.

    For the values of a mapping whose names are texts it is called with their ``name``, too.
    """
    if isinstance(value, str) and not isinstance(value, Enum):
        return replace(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        found = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
        changes = {name: new for name, old in found.items() if (new := rewrite(old, replace)) is not old}
        return dataclasses.replace(value, **changes) if changes else value
    if isinstance(value, Mapping):
        made = {
            rewrite(name, replace): rewrite(item, partial(replace, name=name) if isinstance(name, str) else replace)
            for name, item in value.items()
        }
        same = all(old is new for old, new in zip((*value, *value.values()), (*made, *made.values()), strict=False))
        return value if same and len(made) == len(value) else made
    if isinstance(value, (tuple, list, set, frozenset)):
        items = [rewrite(item, replace) for item in value]
        return value if all(old is new for old, new in zip(value, items, strict=True)) else type(value)(items)
    return value
