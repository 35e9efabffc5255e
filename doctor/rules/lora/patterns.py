"""Which key of a config's ``rank_pattern`` means a module.

PEFT asks ``re.match(rf"(.*\\.)?({key})$", module)`` for one key after the other and takes the first that matches
(`get_pattern_key` in peft/utils/other.py). An adapter on each expert of a large model has tens of thousands of
keys, each of which Python's matcher would have to compile, and a key may be a pattern that takes for ever: so keys
that are plain names are looked up, and only a few others are matched.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Collection, Iterable

_PLAIN = re.compile(r"[\w.]+", re.ASCII)
_REPEAT = re.compile(r"[*+?{]")
_REPEATED_GROUP = re.compile(r"\)\s*[*+{]")

_MOST_STEPS = 100_000_000
"""Steps of the matcher, at the worst, that are taken for one adapter: about a second."""

_MOST_REPEATS = 3

_LOOKUP = 200
"""Steps that take as long as looking one module up among the keys of one form."""


class TooManyStepsError(ValueError):
    """To hold the keys against the modules may take for ever."""


class Keys:
    """The keys of a ``rank_pattern``, in the order in which they stand there."""

    def __init__(self, keys: Iterable[str]) -> None:
        plain: dict[tuple[int, ...], dict[str, int]] = {}
        self._others: list[tuple[int, str]] = []
        self.names = tuple(keys)
        for number, key in enumerate(self.names):
            if _PLAIN.fullmatch(key):
                parts = key.split(".")
                plain.setdefault(tuple(map(len, parts)), {}).setdefault("".join(parts), number)
            else:
                self._others.append((number, key))
        self._plain = [(*_dots(lengths), numbers) for lengths, numbers in plain.items()]

    def firsts(self, modules: Collection[str]) -> dict[str, str | None]:
        """Map each module to the first key that means it, None where there is none.

        Raises:
            TooManyStepsError: it may take for ever.
        """
        if self._steps(modules) > _MOST_STEPS:
            raise TooManyStepsError(f"{len(self.names)} keys against {len(modules)} modules may take for ever")
        patterns = [(number, pattern) for number, key in self._others if (pattern := _compiled(key))]
        return {module: self._first(module, patterns) for module in modules}

    def _steps(self, modules: Collection[str]) -> float:
        # A power of a name's length for each repeat; of two where a group is repeated.
        repeats = [len(_REPEAT.findall(key)) for _, key in self._others]
        if any(count > _MOST_REPEATS for count in repeats) or any(
            _REPEATED_GROUP.search(key) for _, key in self._others
        ):
            return math.inf
        return sum(
            _LOOKUP * len(self._plain) + (module.count(".") + 1) * sum(int(len(module) ** count) for count in repeats)
            for module in modules
        )

    def _first(self, module: str, patterns: list[tuple[int, re.Pattern[str]]]) -> str | None:
        found = [number for number, pattern in patterns if pattern.match(module)]
        for length, dots, keys in self._plain:
            if len(module) == length or module[-length - 1 : -length] == ".":
                number = keys.get(_without(module[-length:], dots))
                found += [] if number is None else [number]
        return self.names[min(found)] if found else None


def _dots(lengths: Iterable[int]) -> tuple[int, tuple[int, ...]]:
    """How long a key is whose parts have these lengths, and the places of the dots between them."""
    *dots, end = (start + place for place, start in enumerate(itertools.accumulate(lengths)))
    return end, tuple(dots)


def _without(text: str, places: tuple[int, ...]) -> str:
    """The text without the letters that a key's dots stand for: a dot is any letter in a pattern."""
    start, pieces = 0, []
    for place in places:
        pieces.append(text[start:place])
        start = place + 1
    return "".join((*pieces, text[start:]))


def _compiled(key: str) -> re.Pattern[str] | None:
    try:
        return re.compile(rf"(.*\.)?({key})$")
    except (re.error, OverflowError, RecursionError):
        return None  # PEFT fails at it
