"""Small parts of Markdown pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; its cells are Markdown, in which a bar is escaped and a line break is a blank."""
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def link(text: str, target: str) -> str:
    """A link to a page or an address."""
    return f"[{text}]({target})"


def code(text: str) -> str:
    """Code within a line, also where it holds backticks."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def block(lines: Iterable[str]) -> str:
    """Lines of commands to copy."""
    return "\n".join(["```", *lines, "```"])


def prose(text: str) -> str:
    """Text in which an angle bracket is one: Markdown would take what looks like a tag out of it."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"<(?!https?://)", "&lt;", part) for part in parts)


def source(text: str) -> str:
    """A source: an address becomes a link, words stay words."""
    return f"<{text}>" if re.fullmatch(r"https?://[^\s<>]+", text) else prose(text)


def page(*parts: str) -> str:
    """A page of parts with blank lines between them; parts without text are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip()) + "\n"
