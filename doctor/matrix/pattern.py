"""Whether a regular expression can be let loose on a long text that a stranger wrote.

Python's matcher tries every way to split a text between adjacent repeats: one that may stand
in another (``(a+)+``), or beside another that takes the same characters, costs a power of the
text's length (https://docs.python.org/3/howto/regex.html, "catastrophic backtracking":
https://www.regular-expressions.info/catastrophic.html). So only bounded repeats are allowed, and
only a few of them.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from typing import Any

if sys.version_info >= (3, 11):
    from re import _constants as constants
    from re import _parser as parser
else:
    import sre_constants as constants
    import sre_parse as parser

__all__ = ["LEAST", "LONGEST", "STEPS", "constants", "fault_of", "parser", "without_blanks"]

LONGEST = 300
"""The most characters that one repeat may take."""

STEPS = 100_000
"""The most ways in which the repeats of one pattern may split a text."""

LEAST = 6
"""The fewest characters that a pattern must take: fewer are found in any log."""


def fault_of(pattern: str) -> str:
    """Say what is wrong with a pattern, or "" when it may be searched for anywhere."""
    try:
        with warnings.catch_warnings():
            # Of a pattern that a later Python may read in another way.
            warnings.simplefilter("error", FutureWarning)
            compiled = re.compile(pattern)
            parsed = parser.parse(pattern)
    except (re.error, OverflowError, RecursionError, FutureWarning) as error:
        return f"no regular expression: {error}"
    try:
        re.compile(without_blanks(pattern))
    except re.error as error:
        return f"no regular expression where blanks are left out: {error}"
    if compiled.search("") or parsed.getwidth()[0] < LEAST:
        return f"one that matches fewer than {LEAST} characters"
    if "  " in pattern or any(blank in pattern for blank in ("\n", "\t", r"\n", r"\t")):
        return "more than one blank in a row: any run of blanks is one space in the text"
    ways = 1
    for low, high, inner in _repeats(parsed):
        if high is constants.MAXREPEAT or high > LONGEST:
            return f"a repeat without an end, or of more than {LONGEST} characters: write .{{0,80}} and not .*"
        if high > 1 and any(_repeats(inner)):
            return "a repeat within a repeat, which may take for ever"
        ways *= high - low + 1
    if ways > STEPS:
        return f"repeats that may split a text in {ways} ways, more than {STEPS}: make them shorter"
    return ""


def without_blanks(pattern: str) -> str:
    """The pattern for a text that was broken within its words: of that the blanks are left out."""
    return re.sub(r"\\[bB]|\\?\s(?:\?|\{[\d,]+\})?", "", pattern)


def _repeats(parsed: Any) -> Iterator[tuple[int, int, Any]]:
    """The least and most times, and what is repeated, of each repeat of a parsed pattern."""
    for operator, argument in parsed:
        if operator in (constants.MAX_REPEAT, constants.MIN_REPEAT):
            low, high, inner = argument
            if high != low:
                yield low, high, inner
            yield from _repeats(inner)
        elif operator is constants.BRANCH:
            for branch in argument[1]:
                yield from _repeats(branch)
        elif operator is constants.SUBPATTERN:
            yield from _repeats(argument[-1])
        elif operator in (constants.ASSERT, constants.ASSERT_NOT):
            yield from _repeats(argument[1])
