"""Where the tables, keys and items of a TOML text stand.

tomllib tells the positions of syntax errors only, not those of values. This walks over a text
that tomllib has accepted, so it need not reject anything; where it meets something that it does
not understand it stops, and what it has found so far stands (https://toml.io/en/v1.0.0).
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping

Place = tuple[str | int, ...]
"""The way to a value: ``("set", 0, "pins", "torch")``."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
# A closing delimiter may be preceded by one or two quotes that belong to the text.
_MULTILINE = re.compile(r'"""(?:[^\\]|\\.)*?"""(?!")|\'\'\'.*?\'\'\'(?!\')', re.DOTALL)
_SCALAR = re.compile(r"[^,\]}\n#]+")


class _NotUnderstoodError(Exception):
    pass


def locate(text: str) -> dict[Place, tuple[int, int]]:
    """Map the place of every table, key and array item to its line and column, both 1-based."""
    walk = _Walk(text)
    # What was found before is right all the same, and `nearest` falls back on it.
    with contextlib.suppress(_NotUnderstoodError, RecursionError):
        walk.document()
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    return _lines(walk.offsets, starts)


def nearest(positions: Mapping[Place, tuple[int, int]], place: Place) -> tuple[int, int]:
    """The position of a place or, where that does not stand in the text, of what it is in."""
    while place and place not in positions:
        place = place[:-1]
    return positions.get(place, (1, 1))


def _lines(offsets: Mapping[Place, int], starts: list[int]) -> dict[Place, tuple[int, int]]:
    found: dict[Place, tuple[int, int]] = {}
    line = 0
    for place, offset in sorted(offsets.items(), key=lambda item: item[1]):
        while line + 1 < len(starts) and starts[line + 1] <= offset:
            line += 1
        found[place] = (line + 1, offset - starts[line] + 1)
    return found


class _Walk:
    """One pass over a text; `offsets` fills as it goes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.offsets: dict[Place, int] = {}
        self.counts: dict[Place, int] = {}

    def document(self) -> None:
        base: Place = ()
        while True:
            self.skip(_BLANK)
            if self.at >= len(self.text):
                return
            base = self.header() if self.text[self.at] == "[" else self.pair(base)

    def header(self) -> Place:
        start = self.at
        array = self.text.startswith("[[", start)
        self.at += 2 if array else 1
        place: Place = ()
        keys = self.key()
        for number, (name, _) in enumerate(keys, 1):
            place = (*place, name)
            if array and number == len(keys):
                self.counts[place] = self.counts.get(place, -1) + 1
                self.offsets.setdefault(place, start)
            if place in self.counts:
                place = (*place, self.counts[place])
            self.offsets.setdefault(place, start)
        self.skip(_SPACE)
        self.take("]]" if array else "]")
        return place

    def pair(self, base: Place) -> Place:
        place = base
        for name, offset in self.key():
            place = (*place, name)
            self.offsets.setdefault(place, offset)
        self.skip(_SPACE)
        self.take("=")
        self.skip(_SPACE)
        self.value(place)
        return base

    def key(self) -> list[tuple[str, int]]:
        parts: list[tuple[str, int]] = []
        while True:
            self.skip(_SPACE)
            start = self.at
            parts.append((self.key_part(), start))
            self.skip(_SPACE)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def key_part(self) -> str:
        for pattern in (_BARE_KEY, _LITERAL, _BASIC):
            match = pattern.match(self.text, self.at)
            if match:
                self.at = match.end()
                return _unquoted(match[0])
        raise _NotUnderstoodError

    def value(self, place: Place) -> None:
        first = self.text[self.at : self.at + 1]
        if first == "[":
            self.array(place)
        elif first == "{":
            self.inline_table(place)
        else:
            for pattern in (_MULTILINE, _BASIC, _LITERAL, _SCALAR):
                match = pattern.match(self.text, self.at)
                if match:
                    self.at = match.end()
                    return
            raise _NotUnderstoodError

    def array(self, place: Place) -> None:
        self.take("[")
        index = 0
        while not self.closes("]"):
            item = (*place, index)
            self.offsets[item] = self.at
            self.value(item)
            index += 1
            self.comma()

    def inline_table(self, place: Place) -> None:
        self.take("{")
        while not self.closes("}"):
            self.pair(place)
            self.comma()

    def closes(self, bracket: str) -> bool:
        self.skip(_BLANK)
        if not self.text.startswith(bracket, self.at):
            return False
        self.at += 1
        return True

    def comma(self) -> None:
        self.skip(_BLANK)
        if self.text.startswith(",", self.at):
            self.at += 1

    def take(self, token: str) -> None:
        if not self.text.startswith(token, self.at):
            raise _NotUnderstoodError
        self.at += len(token)

    def skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        assert match is not None
        self.at = match.end()


def _unquoted(key: str) -> str:
    if key[0] == "'":
        return key[1:-1]
    if key[0] != '"':
        return key
    try:
        # The escapes of JSON are those of TOML but for \U and \e, which no key of ours holds.
        return str(json.loads(key, strict=False))
    except ValueError:
        return key[1:-1]
