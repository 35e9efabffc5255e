"""A text is searched for a pattern only where it holds what the pattern needs: nothing is missed by that."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doctor.matrix.literals import Haystack, required
from doctor.matrix.pattern import without_blanks
from tests.breakages.examples import examples, names, rows
from tests.steps import calls_of

PARTS = ["memory", "out of", "(?:symbol|error)", "[ab]", "e?", "(?:here)?", "y{0,2}", r"\.", "|", r"\d", ".", "[r]+"]


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
            ("undefined symbol|file too short", ("undefined symbol", "file too short")),
            ("(?:one|two) here|there", (" here", "there")),
            ("(?i:Undefined Symbol)", ("undefined symbol",)),
            ("(?i:maybe) not a (?:whole|group)", (" not a ",)),
            ("undefined s?", ("undefined ",)),
            (r"[\]a] memory", (" memory",)),
            (r"\(memory\)", ("(memory)",)),
            ("(?x)out of memory", ("outofmemory",)),
        ],
    )
    def test_names_the_longest_text_that_must_be_there(self, pattern: str, literals: tuple[str, ...]) -> None:
        assert required(pattern) == literals

    def test_of_what_is_shipped_hardly_any_takes_a_parser(self) -> None:
        """A parser makes hundreds of calls a pattern, and there are thousands of them."""
        patterns = [pattern for row in rows().values() for pattern in row.symptoms]
        required.cache_clear()
        assert calls_of(lambda: [required(pattern) for pattern in patterns]) < 150 * len(patterns)


def place(pattern: str, text: str) -> tuple[int, int] | None:
    match = re.search(pattern, text)
    return match.span() if match else None


class TestHaystack:
    @pytest.mark.parametrize("name", names(having="symptoms"))
    def test_each_example_of_a_breakage_is_found_where_it_stands(self, name: str) -> None:
        filler = "nothing of note "
        for example in examples()[name]["text"]:
            text = f"{filler * 300}{' '.join(example.split())} {filler * 90}"
            squeezed = text.replace(" ", "")
            whole, joined = Haystack(text), Haystack(squeezed)
            for pattern in rows()[name].symptoms:
                assert whole.first(pattern) == place(pattern, text)
                without = without_blanks(pattern)
                assert joined.first(without) == place(without, squeezed)

    @given(
        pattern=st.from_regex(
            r"(\(\?i:[ab]{1,3}\)|[abc ]{1,4}|\(\?:[ab]{1,2}\|[bc ]{1,2}\)|[ab]\?|[ab.]\{1,2\}|\(\?=b\)){1,4}",
            fullmatch=True,
        ),
        text=st.text("abcABİ ", max_size=30),
        far=st.sampled_from([0, 3000]),
    )
    def test_it_finds_what_a_search_finds(self, pattern: str, text: str, far: int) -> None:
        text = f"{text}{'-' * far}{text}"
        assert Haystack(text).first(pattern) == place(pattern, text)

    @settings(max_examples=60)
    @given(
        parts=st.lists(st.sampled_from(PARTS), min_size=1, max_size=4),
        form=st.sampled_from(["{}", "(?i:{})", "(?:{})?memory", "(?:{})"]),
        far=st.sampled_from([0, 5000]),
        data=st.data(),
    )
    def test_it_finds_all_that_a_search_finds(self, parts: list[str], form: str, far: int, data: st.DataObject) -> None:
        pattern = form.format("".join(parts))
        found = data.draw(st.from_regex(pattern, fullmatch=True, alphabet="abcdefghilmnorstuy MEO.7"))
        text = f"{'-' * far}{found}{'- memory ' * (far // 9)}{found}"
        assert [match.span() for match in Haystack(text).find_all(pattern)] == [
            match.span() for match in re.finditer(pattern, text)
        ]

    def test_a_repeat_without_an_end_may_reach_through_the_whole_text(self) -> None:
        assert Haystack(f"from here {'-' * 9000} to there").first("from here.+ to there") == (0, 9019)

    def test_words_that_stand_apart_are_not_taken_for_the_text(self) -> None:
        text = "out of order, memory of a goldfish " * 5000
        assert Haystack(text).first("out of memory") is None
        assert Haystack(text + "out of memory").first("out of memory") == (len(text), len(text) + 13)


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
