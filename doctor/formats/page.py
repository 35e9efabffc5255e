"""Writing styled lines of text to a page of a given width."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from doctor.formats.clean import clean
from doctor.formats.look import Look

MAXIMUM_WIDTH = 100
"""Columns; longer lines are hard to read."""

MINIMUM_WIDTH = 40


_CODES = {
    "bold": "1",
    "dim": "2",
    "red": "31",
    "green": "32",
    "yellow": "33",
    "blue": "34",
    "magenta": "35",
    "cyan": "36",
}
"""The words of a style, as SGR parameters (https://man7.org/linux/man-pages/man4/console_codes.4.html)."""

Span = tuple[str, str]
"""A text and its style, "" for none."""


class Page:
    """Lines of text in the making. Whatever is added is neutralised and wrapped first."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.width = min(max(look.width, MINIMUM_WIDTH), MAXIMUM_WIDTH)
        self._lines: list[str] = []

    def blank(self) -> None:
        """Add an empty line."""
        self._lines.append("")

    def line(self, *parts: Span | str, indent: int = 0, hang: int = 0) -> None:
        """Add one paragraph of (text, style) parts, wrapped, with `hang` more columns after its first line.

        A word that is longer than the line, such as a path, is not broken.
        """
        spans = [(self._plain(words), style) for words, style in ((x, "") if isinstance(x, str) else x for x in parts)]
        plain = "".join(words for words, _ in spans)
        offsets = _breaks(plain, self.width - indent, self.width - indent - hang, hang)
        for number, (start, end) in enumerate(pairwise((0, *offsets, len(plain)))):
            end = start + len(plain[start:end].rstrip())
            self._write((" " * (indent + hang if number else indent), ""), *_cut(spans, start, end))

    def items(self, label: str, items: list[str]) -> None:
        """Add a labelled list that is broken between its items only."""
        indent, rows = 11, [""]
        for word in self._pieces(items, self.width - indent):
            if rows[-1] and cell_len(rows[-1]) + 1 + cell_len(word) > self.width - indent:
                rows.append("")
            rows[-1] += f" {word}" if rows[-1] else word
        for number, row in enumerate(rows):
            label_here = "" if number else f"  {label}".ljust(indent)
            self._write((label_here, "dim"), (" " * indent * bool(number) + row, ""))

    def _pieces(self, items: list[str], room: int) -> Iterator[str]:
        """Yield the items with their commas, or the words of one that does not fit into a line."""
        for number, item in enumerate(items):
            words = self._plain(item) + ("," if number < len(items) - 1 else "")
            yield from [words] if cell_len(words) <= room else words.split()

    def fits(self, words: str) -> bool:
        """Whether words stand in one line."""
        return cell_len(self._plain(words)) <= self.width

    def verbatim(self, words: str, style: str = "", indent: int = 0) -> None:
        """Add one line as it is, never wrapped, so that it can be copied."""
        self._write((" " * indent + self._plain(words), style))

    def text(self) -> str:
        """Return the page."""
        return "".join(f"{line}\n" for line in self._lines)

    def _write(self, *spans: Span) -> None:
        self._lines.append("".join(self._styled(words, style) for words, style in spans))

    def _styled(self, words: str, style: str) -> str:
        if not (words and style and self.look.colour):
            return words
        return f"\x1b[{';'.join(_CODES[word] for word in style.split())}m{words}\x1b[0m"

    def _plain(self, words: str) -> str:
        safe = clean(words)
        return safe if self.look.unicode else safe.encode("ascii", "backslashreplace").decode("ascii")


def _cut(spans: list[Span], start: int, end: int) -> Iterator[Span]:
    """The part of styled texts from one offset to another."""
    for words, style in spans:
        yield words[max(start, 0) : max(end, 0)], style
        start, end = start - len(words), end - len(words)


_MARKS = str.maketrans("✓✗→", "+x>")
"""The marks of a report, which take one column each."""


def cell_len(text: str) -> int:
    """The columns that a text takes."""
    if text.translate(_MARKS).isascii():
        return len(text)
    from rich.cells import cell_len as measure  # late: hardly a report needs the table of wide characters

    return measure(text)


def _breaks(text: str, first: int, rest: int, lead: int) -> list[int]:
    """Return the offsets at which lines begin, so that they fit into `first` and then `rest` columns.

    The first `lead` characters, such as the dash of a list, do not stand on a line alone.
    """
    offsets: list[int] = []
    room = first
    for word in re.finditer(r"\S+\s*", text):
        size = cell_len(word[0].rstrip())
        if size > room and word.start() > (offsets[-1] if offsets else lead):
            offsets.append(word.start())
            room = rest
        room -= cell_len(word[0])
    return offsets
