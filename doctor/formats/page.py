"""Writing styled lines of text to a page of a given width."""

from __future__ import annotations

import io
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from doctor.formats.clean import clean

MAXIMUM_WIDTH = 100
"""Columns; longer lines are hard to read."""

MINIMUM_WIDTH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How text is to be written: columns, colours or not, beyond ASCII or not."""

    width: int = 80
    colour: bool = False
    unicode: bool = True

    def mark(self, character: str, plain: str) -> str:
        """Return the character, or the ASCII text that stands for it."""
        return character if self.unicode else plain


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
        # The first line is wrapped as if it began at the hanging indent, and then moved there.
        first, rest = " " * indent, " " * (indent + hang)
        room = max(self.width - len(rest), 20)
        head = text[:hang] if hang else Text()
        for number, row in enumerate((text[hang:] if hang else text).wrap(self._console, room, overflow="ignore")):
            row.rstrip()
            self._write(Text.assemble(first if number == 0 else rest, head if number == 0 else "", row))

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
