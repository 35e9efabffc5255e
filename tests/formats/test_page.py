"""Lines of text on a page."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from doctor.formats.look import Look
from doctor.formats.page import Page

words = st.lists(st.text(alphabet="abcé日本-/", min_size=1, max_size=12), min_size=1, max_size=30)


def lines_of(write, **look) -> list[str]:
    page = Page(Look(**look))
    write(page)
    return page.text().splitlines()


def test_a_dash_does_not_stand_alone():
    address = "https://example.com/" + "x" * 60
    assert lines_of(lambda page: page.line("- ", address, indent=2, hang=2), width=40) == [f"  - {address}"]


@given(words, st.integers(40, 100), st.integers(0, 6), st.integers(0, 6))
def test_no_word_is_lost_or_broken(drawn, width, indent, hang):
    lines = lines_of(lambda page: page.line(" ".join(drawn), indent=indent, hang=hang), width=width)
    assert " ".join(lines).split() == drawn
    assert all(cell_len(line) <= width for line in lines)


@given(words, st.integers(40, 100))
def test_lines_are_as_full_as_they_can_be(drawn, width):
    lines = lines_of(lambda page: page.line(" ".join(drawn)), width=width)
    for line, following in itertools.pairwise(lines):
        assert cell_len(line) + 1 + cell_len(following.split()[0]) > width


def test_a_long_word_stands_whole_on_a_line_of_its_own():
    path = "/" + "x" * 90
    assert lines_of(lambda page: page.line(f"see {path} there", indent=2), width=40) == [
        "  see",
        f"  {path}",
        "  there",
    ]


def test_a_hanging_indent():
    lines = lines_of(lambda page: page.line("- ", "word " * 20, indent=2, hang=2), width=40)
    assert lines[0].startswith("  - word")
    assert all(line.startswith("    word") for line in lines[1:])


@given(words, st.integers(40, 100))
def test_items_are_broken_between_them_only(drawn, width):
    items = [f"name {word}" for word in drawn]
    lines = lines_of(lambda page: page.items("Stack", items), width=width)
    assert ", ".join(items) == " ".join(line[11:] for line in lines)
    assert all(line[11:].startswith("name ") for line in lines)


def test_an_item_that_is_too_long_is_broken_after_all():
    lines = lines_of(lambda page: page.items("GPU", ["word " * 20]), width=40)
    assert max(map(len, lines)) <= 40


def test_what_the_encoding_lacks_is_written_as_an_escape():
    assert lines_of(lambda page: page.line("né 日"), unicode=False) == ["n\\xe9 \\u65e5"]
