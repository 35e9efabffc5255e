"""Dotted keys that tomllib takes minutes for are found before it is asked."""

from __future__ import annotations

import pytest

from doctor.core.toml import MOST_PARTS, deep_line

DEEP = ".".join(["a"] * (MOST_PARTS + 1))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{DEEP} = 1", 1),
        (f"x = 1\n[{DEEP}]\ny = 2", 2),
        (f"x = 1\n\n'b'.\"c\" . {DEEP} = 1", 3),
        (f"{'.'.join(['a'] * MOST_PARTS)} = 1", 0),
        ("x = '" + "." * 500 + "'", 0),
        ("x = 1", 0),
        ("", 0),
    ],
)
def test_the_line_of_the_first_deep_key(text: str, line: int) -> None:
    assert deep_line(text) == line
