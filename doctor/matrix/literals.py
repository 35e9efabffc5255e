"""What a text must hold for a pattern to be found in it: most of hundreds of patterns need not be searched for.

A search goes through the whole text once a pattern; whether a text holds a few characters is known
much sooner. Tools for searching do the same (https://swtch.com/~rsc/regexp/regexp4.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from doctor.matrix.pattern import constants, parser

_LONG = 1 << 16
"""Characters from which on a text is gone through once for its words, before it is asked for any."""

_WORD = re.compile(r"\w+")


_PIECE = 4
"""Characters of the pieces of words that are known of a text with very many words."""

_AROUND = 400
"""Characters that are searched around the widest match, for what a pattern looks ahead to and back at."""


@lru_cache(maxsize=4096)
def required(pattern: str) -> tuple[str, ...]:
    """Texts in lower case of which one stands in all that the pattern matches; () where there is none to name."""
    return _best(_choices(parser.parse(pattern)))


class Haystack:
    """A text in which many patterns are searched for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lower = text.lower()
        words = set(_WORD.findall(self._lower)) if len(text) > _LONG else ()
        self._words = "\n".join(words) if words else self._lower
        # Where each line says something new, there are hundreds of thousands of words, of the same few letters.
        last = len(self._words) - _PIECE if len(self._words) > _LONG else -1
        self._pieces = {self._words[place : place + _PIECE] for place in range(last + 1)}

    def first(self, pattern: str) -> tuple[int, int] | None:
        """Where what the pattern finds first begins and ends, None where it is not: as `re.search`, sooner."""
        compiled = None
        for start, end in self._windows(pattern):
            compiled = compiled or re.compile(pattern)
            match = compiled.search(self._text, start, end)
            if match:
                return match.span()
        return None

    def _windows(self, pattern: str) -> Iterator[tuple[int, int]]:
        """The parts of the text that it can be found in, in order, none of which touch."""
        literals = required(pattern)
        # The lower case of a few letters is two of them, and places do not agree then.
        if not literals or len(self._lower) != len(self._text):
            yield 0, len(self._text)
            return
        places = sorted(place for literal in filter(self._holds, literals) for place in self._places(literal))
        if not places:
            return  # before the pattern is parsed again: of hundreds hardly one gets here
        reach = min(parser.parse(pattern).getwidth()[1], len(self._text)) + _AROUND
        start, end = 0, -1
        for place in places:
            if place - reach > end:
                if end > 0:
                    yield start, end
                start = max(0, place - reach)
            end = place + reach
        yield start, end

    def _holds(self, literal: str) -> bool:
        # A text of megabytes has few words: most literals are refused without going through it.
        return all(map(self._holds_word, _WORD.findall(literal))) and literal in self._lower

    def _holds_word(self, word: str) -> bool:
        if self._pieces and len(word) >= _PIECE:
            places = range(len(word) - _PIECE + 1)
            if any(word[place : place + _PIECE] not in self._pieces for place in places):
                return False
        return word in self._words

    def _places(self, literal: str) -> Iterator[int]:
        place = self._lower.find(literal)
        while place >= 0:
            yield place
            place = self._lower.find(literal, place + len(literal))


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
