"""The dotted names of modules, compared."""

from __future__ import annotations


def beginnings(one: str, other: str) -> tuple[str, str]:
    """What two names begin with, up to the first word from which on they are the same."""
    words, others = one.split("."), other.split(".")
    count = 0
    while count < min(len(words), len(others)) and words[-1 - count] == others[-1 - count]:
        count += 1
    first = words[len(words) - count]
    return ".".join([*words[: len(words) - count], first, ""]), ".".join([*others[: len(others) - count], first, ""])
