"""A text is searched for a pattern only where it holds what the pattern needs: nothing is missed by that."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.matrix.literals import Haystack, required
from doctor.matrix.pattern import without_blanks
from tests.breakages.examples import examples, names, rows


class TestRequired:
    @pytest.mark.parametrize(
        ("pattern", "literals"),
        [
            ("CUDA error: out of memory", ("cuda error: out of memory",)),
            (r"libcudart\.so\.\d{2}: cannot open", ("libcudart.so.",)),
            ("(?:fails|breaks) with transformers", (" with transformers",)),
            ("(?:undefined symbol|file too short)", ("undefined symbol", "file too short")),
            ("(?i:Out Of MEMORY)", ("out of memory",)),
            (r"(?:\w{3}|memory)", ()),
            ("(?!never there)only this", ("only this",)),
            ("(?:maybe this one)?only", ("only",)),
            (r"(?:long enough ){2}", ("long enough ",)),
            (r"\d{3}-\w{5}", ("-",)),
        ],
    )
    def test_names_the_longest_text_that_must_be_there(self, pattern: str, literals: tuple[str, ...]) -> None:
        assert required(pattern) == literals


class TestHaystack:
    @pytest.mark.parametrize("name", names(having="symptoms"))
    @pytest.mark.parametrize("filler", ["", "nothing of note "], ids=["short", "long"])
    def test_no_example_of_a_breakage_is_refused(self, name: str, filler: str) -> None:
        for example in examples()[name]["text"]:
            text = f"{filler * 5000}{' '.join(example.split())}"
            squeezed = text.replace(" ", "")
            whole, joined = Haystack(text), Haystack(squeezed)
            for pattern in rows()[name].symptoms:
                assert whole.may_hold(pattern) or not re.search(pattern, text)
                without = without_blanks(pattern)
                assert joined.may_hold(without) or not re.search(without, squeezed)

    @given(
        pattern=st.from_regex(
            r"(\(\?i:[ab]{1,3}\)|[abc ]{1,4}|\(\?:[ab]{1,2}\|[bc ]{1,2}\)|[ab]\?|[ab.]\{1,2\}){1,4}", fullmatch=True
        ),
        text=st.text("abcAB ", max_size=30),
    )
    def test_what_is_refused_is_not_found(self, pattern: str, text: str) -> None:
        assert Haystack(text).may_hold(pattern) or not re.search(pattern, text)

    def test_words_that_stand_apart_are_refused_in_a_long_text(self) -> None:
        text = "out of order, memory of a goldfish " * 5000
        assert not Haystack(text).may_hold("out of memory")
        assert Haystack(text + "out of memory").may_hold("out of memory")


@pytest.mark.parametrize(
    ("pattern", "without"),
    [
        (r"requires ?>=\d", r"requires>=\d"),
        (r"a (?:b |c )?d", r"a(?:b|c)?d"),
        (r"end of\b.{0,20}text", r"endof.{0,20}text"),
        (r"two {1,2}blanks\?", r"twoblanks\?"),
    ],
)
def test_a_blank_that_may_be_missing_goes_with_its_mark(pattern: str, without: str) -> None:
    """Else what stands before it could be missing, too."""
    assert without_blanks(pattern) == without
