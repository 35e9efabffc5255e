"""Which regular expressions may be let loose on a text that a stranger wrote."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.matrix.pattern import fault_of


@pytest.mark.parametrize(
    "pattern",
    [
        "it broke badly",
        r"line \d{1,6} of .{0,80}broke",
        r"(?:one|two|three) went wrong",
        r"'?name'? is (?!not )known",
        r"(?i:out of memory)",
        r"GLIBC_2\.\d{1,2}",
    ],
)
def test_sound_ones(pattern: str) -> None:
    assert fault_of(pattern) == ""


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(unclosed", "no regular expression"),
        ("x", "fewer than 6"),
        ("(?:broken)?", "fewer than 6"),
        ("it broke[^ ]{1,5}badly", "where blanks are left out"),
        ("[ ]it broke badly", "where blanks are left out"),
        ("it broke.*badly", "without an end"),
        ("it broke.+badly", "without an end"),
        ("it broke.{0,900}badly", "more than 300"),
        ("it (?:brok{1,3}e){1,9} badly", "within a repeat"),
        ("it (?:a|b{0,3}){2,9} badly", "within a repeat"),
        ("a.{0,200}b.{0,200}c.{0,200}d end", "ways"),
        ("two  blanks", "more than one blank"),
        (r"a line\nand another", "more than one blank"),
    ],
)
def test_others_are_told_why(pattern: str, what: str) -> None:
    assert what in fault_of(pattern)


@given(st.text(alphabet="ab.?*+{}()[]|\\d1,3^$ x", max_size=25))
def test_any_text_gets_an_answer(pattern: str) -> None:
    """What is accepted compiles, and finds nothing in nothing."""
    if fault_of(pattern) == "":
        assert re.compile(pattern).search("") is None
