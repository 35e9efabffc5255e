"""What can be said of a Jinja template without rendering it: whether its tags are closed.

A lexer of the delimiters, after https://jinja.palletsprojects.com/en/stable/templates/.
"""

from __future__ import annotations

import re

_OPENINGS = {"{{": "}}", "{%": "%}", "{#": "#}"}
_OPENING = re.compile(r"\{[{%#]")
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
_WORD = re.compile(r"[-+]?\s*(\w+)")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_BLOCKS = ("if", "for", "macro", "filter", "call", "generation", "raw", "block", "with", "autoescape")


def fault_of(template: str) -> str:
    """Say what is wrong with a template, "" where nothing is."""
    if not template.strip():
        return "is empty"
    open_blocks: list[str] = []
    position = 0
    while (match := _OPENING.search(template, position)) is not None:
        closing = _OPENINGS[match[0]]
        end = _find_end(template, match.end(), closing) if closing != "#}" else template.find(closing, match.end())
        if end < 0:
            return f"opens {match[0]} in line {_line(template, match.start())} and does not close it"
        inside = template[match.end() : end]
        if closing != "#}":
            fault = _unbalanced(inside)
            if fault:
                return f"has {fault} in line {_line(template, match.start())}"
        if closing == "%}":
            fault = _follow(inside, open_blocks)
            if fault:
                return f"{fault} in line {_line(template, match.start())}"
        position = end + 2
        if closing == "%}" and open_blocks and open_blocks[-1] == "raw":
            position = _after_raw(template, position)
            open_blocks.pop()
            if position < 0:
                return "does not end a raw block"
    return f"does not end its {open_blocks[-1]} block" if open_blocks else ""


def _find_end(template: str, start: int, closing: str) -> int:
    """Find the end of a tag: not within a text, and for ``}}`` not within a dict."""
    position, depth = start, 0
    while position < len(template):
        text = _TEXT.match(template, position)
        if text is not None:
            position = text.end()
            continue
        if template.startswith(closing, position) and (depth <= 0 or closing == "%}"):
            return position
        depth += (template[position] == "{") - (template[position] == "}")
        position += 1
    return -1


def _unbalanced(inside: str) -> str:
    """Name the first bracket that is not closed, or was not opened."""
    waiting: list[str] = []
    for letter in _TEXT.sub("", inside):
        if letter in _PAIRS:
            waiting.append(_PAIRS[letter])
        elif letter in _PAIRS.values() and (not waiting or waiting.pop() != letter):
            return f"an unexpected {letter!r}"
    return f"no {waiting[-1]!r}" if waiting else ""


def _follow(inside: str, open_blocks: list[str]) -> str:
    """Keep account of the blocks that a statement begins or ends; returns what is wrong."""
    word = _WORD.match(inside)
    name = word[1] if word else ""
    if name.startswith("end"):
        if not open_blocks or open_blocks[-1] != name[3:]:
            return f"ends {name[3:]} where it is not open"
        open_blocks.pop()
    elif name in _BLOCKS or (name == "set" and _is_block(inside)):
        open_blocks.append(name)
    elif not name:
        return "has a statement without a name"
    return ""


def _is_block(statement: str) -> bool:
    """Whether a ``set`` has no value, so that what follows up to ``endset`` is its value."""
    return "=" not in re.sub(r"[=!<>]=", "", _TEXT.sub("", statement))


def _after_raw(template: str, position: int) -> int:
    match = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}").search(template, position)
    return match.end() if match else -1


def _line(template: str, position: int) -> int:
    return template.count("\n", 0, position) + 1
