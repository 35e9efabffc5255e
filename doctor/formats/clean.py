"""Making text that came from the patient safe to print: on a terminal and in a shell."""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Iterable

from doctor.core.inert import is_inert, make_inert
from doctor.core.redaction import redact

# Controls (ESC moves the cursor, starts links, sets the clipboard), formats (bidirectional
# overrides reorder what is read), surrogates (undecodable bytes of paths) and separators of
# lines: https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(text: str) -> str:
    """Replace every character that is not a visible one or a space by its escape (``\\x1b``).

    What a system of continuous integration would take for a command is written with an escape, too, and what
    has the form of a secret is left out: once a format has wrapped it or written it as ``hf\\_``, nobody knows it.
    """
    text = redact(text)
    if not (text.isascii() and text.isprintable()):
        text = "".join(_escape(character) if _is_unsafe(character) else character for character in text)
    return make_inert(text)


def quote(command: Iterable[str]) -> str:
    """Write an argument vector as one line that can be pasted into a shell.

    An argument with unprintable characters is written in ANSI-C quotes (``$'\\x1b'``), which
    bash, zsh and ksh take.
    """
    return " ".join(_quote(argument) for argument in command)


def _quote(argument: str) -> str:
    if is_inert(argument) and not any(_is_unsafe(character) for character in argument):
        return shlex.quote(argument)
    escaped = argument.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + make_inert("".join(_escape(item) if _is_unsafe(item) else item for item in escaped)) + "'"


def _is_unsafe(character: str) -> bool:
    return unicodedata.category(character) in _UNSAFE


def _escape(character: str) -> str:
    point = ord(character)
    if 0xDC80 <= point <= 0xDCFF:
        # A byte that was not UTF-8, as os.fsdecode keeps it (PEP 383).
        return f"\\x{point - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
