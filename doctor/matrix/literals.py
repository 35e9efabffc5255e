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

_LONG = 1 << 12
"""Characters from which on a text is gone through once for its pieces, before it is asked for any literal."""

_PIECE = 4
"""Bytes of a piece, which are one number."""

_AROUND = 400
"""Characters that are searched around the widest match, for what a pattern looks ahead to and back at."""

_TELLING = 5
"""Characters of a text that few others hold: a pattern that has one outside of its groups need not be parsed."""

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{\d*,?\d*\}|[^\\\[\](){}|.^$*+?]+|.", re.DOTALL)
"""A part of a pattern: an escape, a class, a count, text, or a character that may mean something."""

_FLAGS = re.compile(r"\(\?[a-zA-Z]+\)")
_WHOLE = re.compile(r"\(\?[a-z]*:(.*)\)", re.DOTALL)
"""A pattern that is one group, if those within it are closed before its end."""


@lru_cache(maxsize=4096)
def required(pattern: str) -> tuple[str, ...]:
    """Texts in lower case of which one stands in all that the pattern matches; () where there is none to name."""
    whole = _WHOLE.fullmatch(pattern)
    return _outside_groups(whole[1] if whole else pattern) or _best(_choices(parser.parse(pattern)))


def _outside_groups(pattern: str) -> tuple[str, ...]:
    """The longest text outside of groups of each alternative, () where one has none that tells or it takes a parser.

    Of a thousand patterns hundreds are read in vain by a parser, which takes twenty times as long.
    """
    alternatives, depth = [[""]], 0
    for token in _TOKEN.findall(pattern):
        runs = alternatives[-1]
        if token in "()":
            depth += 1 if token == "(" else -1
            if depth < 0:
                return ()
        elif depth:
            continue
        elif token == "|":
            alternatives.append([""])
            continue
        elif token[0] not in "\\[{.^$*+?":
            runs[-1] += token.lower()
            continue
        elif token[0] == "\\" and not token[1].isalnum():
            runs[-1] += token[1]
            continue
        elif token[0] in "{*+?":
            runs[-1] = runs[-1][:-1]
        runs.append("")
    found = tuple(max(runs, key=len) for runs in alternatives)
    return found if min(map(len, found)) >= _TELLING and not _FLAGS.search(pattern) else ()


@lru_cache(maxsize=2)
def haystack_of(text: str) -> Haystack:
    """A text in which several search."""
    return Haystack(text)


class Haystack:
    """A text in which many patterns are searched for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lower = text.lower()
        self._held: dict[str, bool] = {}
        self._pieces: set[int] = set()
        if len(text) > _LONG:
            content = _encode(self._lower)
            for first in range(_PIECE):
                self._pieces.update(_pieces_of(content, first))

    def first(self, pattern: str) -> tuple[int, int] | None:
        """Where what the pattern finds first begins and ends, None where it is not: as `re.search`, sooner."""
        match = next(self.find_all(pattern), None)
        return match.span() if match else None

    def find_all(self, pattern: str) -> Iterator[re.Match[str]]:
        """All that the pattern finds: as `re.finditer`, sooner."""
        compiled = None
        for start, end in self._windows(pattern):
            compiled = compiled or re.compile(pattern)
            yield from compiled.finditer(self._text, start, end)

    def places(self, pattern: str) -> list[int] | None:
        """Where a text begins that stands in all that the pattern matches; None where that may be anywhere."""
        literals = required(pattern)
        # The lower case of a few letters is two of them, and places do not agree then.
        if not literals or len(self._lower) != len(self._text):
            return None
        return sorted(place for literal in filter(self._holds, literals) for place in self._places(literal))

    def _windows(self, pattern: str) -> Iterator[tuple[int, int]]:
        """The parts of the text that it can be found in, in order, none of which touch."""
        places = self.places(pattern)
        if places is None:
            yield 0, len(self._text)
            return
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
        # Hundreds of patterns need the same few words, and most of those have pieces that the text has nowhere.
        if literal not in self._held:
            self._held[literal] = self._may_hold(_encode(literal)) and literal in self._lower
        return self._held[literal]

    def _may_hold(self, literal: bytes) -> bool:
        ends = (0, len(literal) % _PIECE)
        return not self._pieces or all(self._pieces.issuperset(_pieces_of(literal, first)) for first in ends)

    def _places(self, literal: str) -> Iterator[int]:
        place = self._lower.find(literal)
        while place >= 0:
            yield place
            place = self._lower.find(literal, place + len(literal))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _pieces_of(content: bytes, first: int) -> memoryview:
    """Its pieces that follow each other from a byte on, as numbers."""
    return memoryview(content)[first : first + (len(content) - first) // _PIECE * _PIECE].cast("I")


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
