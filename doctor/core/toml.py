"""What tomllib takes the square of its length for: dotted keys of a great many parts."""

from __future__ import annotations

import re

MOST_PARTS = 64

_DEEP = re.compile(rf"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]{{0,99}}"|'[^'\n]{{0,99}}')[ \t]?\.[ \t]?){{{MOST_PARTS}}}""")


def deep_line(text: str) -> int:
    """Return the 1-based line of the first key of more than `MOST_PARTS` parts, 0 where there is none."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") >= MOST_PARTS and _DEEP.search(line):
            return number
    return 0
