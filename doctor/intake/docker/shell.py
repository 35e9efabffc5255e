"""The simple commands of a shell text, and the variables in them, as far as a build file needs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping

COMPUTED = "${...}"
"""What stands for a value that is computed when the image is built."""

_BREAKS = frozenset(";&|()\n")
_LEADING = frozenset({"sudo", "exec", "time", "env", "command", "then", "do", "else", "if", "!", "{", "nice", "nohup"})
_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z_]\w*)=(?P<value>.*)", re.DOTALL)
_VARIABLE = re.compile(
    r"(?<!\\)\$(?:(?P<bare>[A-Za-z_]\w*)|\{(?P<name>[A-Za-z_]\w*)(?:(?P<how>:?[-+])(?P<word>[^{}]*))?\})"
)


def commands_of(text: str) -> Iterator[list[str]]:
    """The simple commands of a text, each as its words.

    Raises:
        ValueError: a quotation is not closed.
    """
    lexer = shlex.shlex(_masked(text.replace("\\\n", " ")), posix=True, punctuation_chars=";&|()\n")
    lexer.whitespace = " \t\r"
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    comment = False
    for word in lexer:
        if not word or not _BREAKS.issuperset(word):
            comment = comment or word.startswith("#")
            words += [] if comment else [word]
            continue
        comment = comment and "\n" not in word
        if words:
            yield words
        words = []
    if words:
        yield words


def _masked(text: str) -> str:
    """The text with `COMPUTED` in the place of what commands in it print: ``$(...)`` and backticks."""
    text = re.sub(r"`[^`]*`", COMPUTED, text)
    found, at = "", 0
    while (start := text.find("$(", at)) >= 0:
        end, depth = start + 2, 1
        while end < len(text) and depth:
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
        found += text[at:start] + COMPUTED
        at = end
    return found + text[at:]


def split_assignments(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """The variables that stand before a command, and the command without what only introduces it."""
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        match = _ASSIGNMENT.fullmatch(rest[0])
        if match:
            found[match["name"]] = match["value"]
        elif rest[0] not in _LEADING:
            break
        rest.pop(0)
    return found, rest


def expand(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of variables; one that has none stays as it is written.

    https://docs.docker.com/reference/dockerfile/#environment-replacement
    """

    def value(match: re.Match[str]) -> str:
        name, how = match["bare"] or match["name"], match["how"] or ""
        known = values.get(name)
        filled = bool(known) if how.startswith(":") else known is not None
        if how.endswith("+"):
            return match["word"] if filled else ""
        if how.endswith("-") and not filled:
            return match["word"]
        return match[0] if known is None else known

    for _ in range(4):
        # A default may hold a variable itself.
        expanded = _VARIABLE.sub(value, text)
        if expanded == text:
            break
        text = expanded
    return text
