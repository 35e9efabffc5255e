"""Writing styled lines of text to a page of a given width."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from doctor.formats.clean import clean
from doctor.formats.look import Look

MAXIMUM_WIDTH = 100
"""Columns; longer lines are hard to read."""

MINIMUM_WIDTH = 40


class Page:
    """Lines of text in the making. Whatever is added is neutralised and wrapped first."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.width = min(max(look.width, MINIMUM_WIDTH), MAXIMUM_WIDTH)
        self._file = io.StringIO()
        self._console = Console(
            file=self._file,
            width=self.width,
            force_terminal=look.colour,
            color_system="standard" if look.colour else None,
            no_color=not look.colour,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
        )

    def blank(self) -> None:
        """Add an empty line."""
        self._console.print()

    def line(self, *parts: tuple[str, str] | str, indent: int = 0, hang: int = 0) -> None:
        """Add one paragraph of (text, style) parts, wrapped, with `hang` more columns after its first line.

        A word that is longer than the line, such as a path, is not broken.
        """
        text = Text()
        for part in parts:
            words, style = (part, "") if isinstance(part, str) else part
            text.append(self._plain(words), style)
        offsets = _breaks(text.plain, self.width - indent, self.width - indent - hang, hang)
        for number, row in enumerate(text.divide(offsets)):
            row.rstrip()
            self._write(Text(" " * (indent + hang if number else indent)).append_text(row))

    def items(self, label: str, items: list[str]) -> None:
        """Add a labelled list that is broken between its items only."""
        indent, rows = 11, [""]
        for word in self._pieces(items, self.width - indent):
            if rows[-1] and cell_len(rows[-1]) + 1 + cell_len(word) > self.width - indent:
                rows.append("")
            rows[-1] += f" {word}" if rows[-1] else word
        for number, row in enumerate(rows):
            self._write(
                Text.assemble(("" if number else f"  {label}".ljust(indent), "dim"), " " * indent * bool(number), row)
            )

    def _pieces(self, items: list[str], room: int) -> Iterator[str]:
        """Yield the items with their commas, or the words of one that does not fit into a line."""
        for number, item in enumerate(items):
            words = self._plain(item) + ("," if number < len(items) - 1 else "")
            yield from [words] if cell_len(words) <= room else words.split()

    def verbatim(self, words: str, style: str = "", indent: int = 0) -> None:
        """Add one line as it is, never wrapped, so that it can be copied."""
        self._write(Text(" " * indent + self._plain(words), style))

    def text(self) -> str:
        """Return the page."""
        return self._file.getvalue()

    def _write(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)

    def _plain(self, words: str) -> str:
        safe = clean(words)
        return safe if self.look.unicode else safe.encode("ascii", "backslashreplace").decode("ascii")


def _breaks(text: str, first: int, rest: int, lead: int) -> list[int]:
    """Return the offsets at which lines begin, so that they fit into `first` and then `rest` columns.

    The first `lead` characters, such as the dash of a list, do not stand on a line alone.
    rich's own wrapping either breaks a word that is longer than the line or cuts it off.
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
