"""Sound JSON with wrong entries: bytes choose what is put where, so that what is fuzzed stays JSON."""

from __future__ import annotations

import copy
import json
from typing import Any

WRONG: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    7,
    2**31,
    2**63,
    -(2**63),
    0.5,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "x",
    "0",
    "torch.bfloat16",
    "\x1b[31m",
    "\ud800",
    "a" * 5000,
    "../../etc/passwd",
    [],
    [None],
    [[]],
    ["x", "x"],
    [0, 1, 2],
    {},
    {"": None},
    {"x": {"x": []}},
)
"""Values that programs and people leave where another was meant."""

Path = tuple[Any, ...]
"""Keys of objects and positions in lists."""


def with_wrong_entries(sound: Any, content: bytes) -> bytes:
    """The JSON of `sound`, with an entry changed for every three bytes: two say which, one what it becomes.

    A value is put there, the entry is taken away, or what stands at another place is copied to it.
    """
    changed = copy.deepcopy(sound)
    places = _places(sound)
    for start in range(0, min(len(content) - 2, 60), 3):
        path = places[int.from_bytes(content[start : start + 2], "big") % len(places)]
        choice = content[start + 2]
        other = places[(choice * 257) % len(places)]
        value = WRONG[choice] if choice < len(WRONG) else _at(sound, other)
        _put(changed, path, value, gone=choice == 255)
    return json.dumps(changed, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _places(value: Any, path: Path = ()) -> list[Path]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    for name, item in entries:
        found += _places(item, (*path, name))
    return found


def _at(value: Any, path: Path) -> Any:
    for name in path:
        value = value[name]
    return copy.deepcopy(value)


def _put(value: Any, path: Path, new: Any, *, gone: bool) -> None:
    """Change an entry, unless an earlier change has taken away what it was in."""
    try:
        for name in path[:-1]:
            value = value[name]
        if gone:
            del value[path[-1]]
        elif isinstance(value, (dict, list)):
            value[path[-1]] = new
    except (KeyError, IndexError, TypeError):
        return
