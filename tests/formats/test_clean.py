"""Text of the patient, on a terminal and in a shell."""

from __future__ import annotations

import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.formats.clean import clean, quote


@given(st.text())
def test_what_is_cleaned_is_printable(text: str) -> None:
    categories = {unicodedata.category(character) for character in clean(text)}
    assert not any(category.startswith("C") or category in ("Zl", "Zp") for category in categories)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_is_left_alone(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("a\nb", "a\\nb"),
        ("\u202e", "\\u202e"),
        ("caf\udce9", "caf\\xe9"),
        ("né, 日本", "né, 日本"),
    ],
)
def test_examples(text, shown):
    assert clean(text) == shown


@pytest.mark.parametrize(
    "words",
    [
        ["plain"],
        ["torch<2.5; python_version < '3.12'"],
        ["it's", 'a "b"', "$HOME", "`id`", "!", "", "a b", "*"],
        ["a\nb\tc\x1b[0m", "quote ' and \\ and \x07"],
    ],
)
def test_bash_reads_back_what_was_quoted(words):
    line = quote(words)
    assert line.isprintable()
    said = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True).stdout
    assert said.decode().split("\0")[:-1] == words
