"""What a text must hold for a pattern to be found in it: most of hundreds of patterns need not be searched for.

A search goes through the whole text once a pattern; whether a text holds a few characters is known
much sooner. Tools for searching do the same (https://swtch.com/~rsc/regexp/regexp4.html).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from doctor.matrix.pattern import constants, parser

_LONG = 1 << 16
"""Characters from which on a text is gone through once for its words, before it is asked for any."""

_WORD = re.compile(r"\w+")


@lru_cache(maxsize=4096)
def required(pattern: str) -> tuple[str, ...]:
    """Texts in lower case of which one stands in all that the pattern matches; () where there is none to name."""
    return _best(_choices(parser.parse(pattern)))


class Haystack:
    """A text that can be asked for literals quickly."""

    def __init__(self, text: str) -> None:
        self._text = text.lower()
        words = set(_WORD.findall(self._text)) if len(text) > _LONG else ()
        self._words = "\n".join(words) if words else self._text

    def may_hold(self, pattern: str) -> bool:
        """Whether the pattern could be found in it; False is certain."""
        literals = required(pattern)
        return not literals or any(map(self._holds, literals))

    def _holds(self, literal: str) -> bool:
        # A text of megabytes has few words: most literals are refused without going through it.
        return all(word in self._words for word in _WORD.findall(literal)) and literal in self._text


def _choices(parsed: Any) -> list[tuple[str, ...]]:
    """For each part of a sequence that must be there, the literals of which one is in it."""
    found: list[tuple[str, ...]] = []
    run = ""
    for operator, argument in parsed:
        if operator is constants.LITERAL:
            run += chr(argument).lower()
            continue
        found.append((run,))
        run = ""
        if operator is constants.SUBPATTERN:
            found.append(_best(_choices(argument[-1])))
        elif operator is constants.BRANCH:
            branches = [_best(_choices(branch)) for branch in argument[1]]
            found.append(tuple(text for branch in branches for text in branch) if all(branches) else ())
        elif operator in (constants.MAX_REPEAT, constants.MIN_REPEAT) and argument[0]:
            found.append(_best(_choices(argument[2])))
    return [choice for choice in (*found, (run,)) if choice and all(choice)]


def _best(choices: list[tuple[str, ...]]) -> tuple[str, ...]:
    """The one that says most: whose shortest literal is longest."""
    return max(choices, key=lambda choice: min(map(len, choice)), default=())
