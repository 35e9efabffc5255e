"""Text of the patient, on a terminal and in a shell."""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.inert import is_inert, make_inert, make_json_inert
from doctor.formats.clean import clean, quote


@given(st.text())
def test_what_is_cleaned_is_printable(text: str) -> None:
    categories = {unicodedata.category(character) for character in clean(text)}
    assert not any(category.startswith("C") or category in ("Zl", "Zp") for category in categories)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_plain_text_is_left_alone(text: str) -> None:
    assert clean(text) == text or not is_inert(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a ##vso[task.setvariable variable=PATH]b", "a \\x23#vso[task.setvariable variable=PATH]b"),
        ("##[add-matcher]x ###[group]y", "\\x23#[add-matcher]x #\\x23#[group]y"),
        ("##teamcity[buildStop]", "\\x23#teamcity[buildStop]"),
        ("::error::x ::stop-commands::y", "\\x3a:error::x \\x3a:stop-commands::y"),
        ("::set-output name=a::b", "\\x3a:set-output name=a::b"),
        ("::at::Tensor, c10::Error, a::error::b and ## heading [link]", None),
    ],
)
def test_no_log_takes_it_for_a_command(text, shown):
    """Of those of GitHub's runner, whose agent trims what stands before, of Azure Pipelines and of TeamCity."""
    assert clean(text) == (shown or text)
    assert is_inert(clean(text))


@given(st.text(alphabet="#[a:] ::error"))
def test_what_was_made_inert_is(text: str) -> None:
    assert is_inert(make_inert(text))
    assert json.loads(make_json_inert(json.dumps([text, "\x7f"]))) == [text, "\x7f"]
    assert not re.search(r"##\w*\[|\x7f", make_json_inert(json.dumps([text, "\x7f"])))


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
        ["##vso[task.x]y", "::error::it's"],
        ["a\nb\tc\x1b[0m", "quote ' and \\ and \x07"],
    ],
)
def test_bash_reads_back_what_was_quoted(words):
    line = quote(words)
    assert line.isprintable()
    said = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True).stdout
    assert said.decode().split("\0")[:-1] == words
