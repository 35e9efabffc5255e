"""What people paste: text with Markdown, colours and quotes around it, and sometimes without its lines."""

from __future__ import annotations

import bisect
import codecs
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from doctor.core.errors import TargetError

LARGEST = 8 * 1024 * 1024
"""Bytes that are read: what a script writes has some ten thousand, an issue or a log around it more."""

BEFORE = 16 * 1024
"""Characters before the first anchor that belong to the part that is read."""

WINDOW = 256 * 1024
"""Characters of the part that is read: a machine with many cores and GPUs has some fifty thousand."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPES = re.compile(r"\x1b\[[0-9;?]{0,16}[A-Za-z]|\x1b\][^\x07\x1b]{0,256}(?:\x07|\x1b\\)")
_QUOTES = re.compile(r"^(?:[ \t]{0,3}>[ \t]?)+", re.MULTILINE)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\x00")) | {ord("\u00a0"): " ", ord("\t"): " "}

_WRITTEN = (("\\r", ""), ("\\n", "\n"), ("\\t", " "), ("\\u001b", "\x1b"), ("\\x1b", "\x1b"), ('\\"', '"'))


@dataclass(frozen=True, slots=True)
class Pasted:
    """The text without what was put around it.

    `starts` are the offsets of its lines, `first_line` the 1-based line of the original that it
    begins in, `cut` says that the original goes on behind it.
    """

    text: str
    starts: tuple[int, ...]
    first_line: int = 1
    cut: bool = False

    def line(self, offset: int) -> int:
        """The 1-based line of the original that a character stands in."""
        return self.first_line - 1 + bisect.bisect_right(self.starts, offset)


def read_pasted(content: bytes, name: str, anchors: Sequence[str]) -> Pasted:
    """Decode and clean the part of a pasted text that begins around the first of `anchors`.

    `name` is what errors call it. PowerShell writes UTF-16 when output is redirected; everything
    else is UTF-8. A log or an issue may be long, what a script writes about itself is not.

    Raises:
        TargetError: it is empty, holds no anchor, or is larger than anything that is pasted.
    """
    if len(content) > LARGEST:
        raise TargetError(
            f"{name} has more than {LARGEST // 1024**2} MiB: this is no list that a script wrote",
            hint="give the part that it wrote",
        )
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    text = content.decode(encoding, errors="replace")
    if not text.strip():
        raise TargetError(f"{name} is empty")
    found = [place for anchor in anchors if (place := text.find(anchor)) >= 0]
    start = max(0, min(found) - BEFORE) if found else 0
    # Whole lines, so that the first label stands where it stood.
    start = text.rfind("\n", 0, start) + 1
    part = clean(text[start : start + WINDOW]) if found else ""
    return Pasted(
        text=part,
        starts=(0, *(match.end() for match in re.finditer("\n", part))),
        first_line=text.count("\n", 0, start) + 1,
        cut=len(text) > start + WINDOW,
    )


def clean(text: str) -> str:
    """Take colours, quote marks, entities and invisible characters out; lines stay where they are."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") < 3 and text.count("\\n") > 3:
        # Out of a JSON string, or out of Python's repr.
        for written, meant in _WRITTEN:
            text = text.replace(written, meant)
    text = _ESCAPES.sub("", text).translate(_INVISIBLE)
    if "&" in text:
        text = html.unescape(text)
    text = text.replace("\\[", "[").replace("\\]", "]").replace("\\_", "_")
    return _QUOTES.sub("", text)
