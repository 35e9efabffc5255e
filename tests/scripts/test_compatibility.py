"""The compatibility table says what the matrix knows, and its page works without anything outside it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from packaging.specifiers import SpecifierSet

from doctor.matrix.load import load_matrix
from scripts.documentation.compatibility import GPUS, PYTHONS, Line, lines
from scripts.documentation.compatibility_page import write_page
from scripts.documentation.compatibility_tables import span, write_tables

MATRIX = load_matrix()
LINES = {line.version: line for line in lines(MATRIX)}
PAGE = write_page(MATRIX, list(LINES.values()))


class Elements(HTMLParser):
    """The elements of a page with their attributes, and whether each is closed."""

    VOID = ("meta", "input", "br", "link", "img")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_every_release_that_the_matrix_knows_has_a_line_the_newest_first():
    assert list(LINES) == list(reversed(MATRIX.releases.versions("vllm")))


@pytest.mark.parametrize(
    ("version", "torch", "cuda", "pythons", "capabilities"),
    [
        # torch 2.4.0 has wheels for 3.8 to 3.12, vLLM 0.5.1 for 3.8 to 3.11 only.
        ("0.5.5", "2.4.0", "12.1", "3.8 to 3.12", "7.0 to 9.0"),
        ("0.5.1", "2.3.0", "12.1", "3.8 to 3.11", "7.0 to 9.0"),
        # The wheel of 0.4.0 lacks Volta and Turing (https://github.com/vllm-project/vllm/pull/3767).
        ("0.4.0", "2.1.2", "12.1", "3.8 to 3.11", "8.0 to 9.0"),
        # vLLM holds code for Blackwell, and the torch that it pins does not.
        ("0.10.0", "2.7.1", "12.8", "3.9 to 3.12", "7.0 to 9.0"),
        ("0.10.2", "2.8.0", "12.8", "3.9 to 3.13", "7.0 to 12.0"),
        ("0.33.0", "2.14.0", "13.0", "3.11 to 3.14", "7.5 to 12.0"),
    ],
)
def test_what_a_release_runs_on(version, torch, cuda, pythons, capabilities):
    line = LINES[version]
    assert (line.torch, line.cuda) == (torch, cuda)
    assert (span(line.pythons), span(line.capabilities)) == (pythons, capabilities)


def test_transformers_is_narrowed_by_what_is_known_not_to_work():
    assert LINES["0.10.2"].declared == ">=4.55.2"
    assert LINES["0.10.2"].transformers == ">=4.55.2,<5"
    assert LINES["0.10.2"].majors == ("4",)
    assert LINES["0.20.0"].majors == ("4", "5")


@pytest.mark.parametrize("line", [line for line in LINES.values() if line.proven], ids=lambda line: line.version)
def test_the_versions_of_a_proven_set_are_those_of_its_line(line: Line):
    assert line.proven
    pins = line.proven.pins
    assert (pins["torch"], line.proven.cuda, line.proven.minimum_driver) == (line.torch, line.cuda, line.driver)
    assert SpecifierSet(line.transformers).contains(pins["transformers"])
    assert set(line.proven.capabilities) <= set(line.capabilities)
    assert "3.11" in line.pythons


def test_the_limits_of_lora_are_in_both_pages():
    assert "| 0.5.4 | 16, 64 | up to 128512 | up to 65528 |" in write_tables(MATRIX, list(LINES.values()))
    row = re.search(r"<tr[^>]*><th scope=\"row\">0\.5\.4</th>.*", PAGE)
    assert "<td>64 (16)</td><td>up to 128512</td><td>up to 65528</td>" in row[0]


class TestPage:
    def test_it_is_whole_and_asks_for_nothing_outside_it(self):
        elements = Elements(PAGE)
        assert elements.open == []
        assert not {"link", "img", "iframe"} & {tag for tag, _ in elements.found}
        assert not [item for tag in ("script", "style") for item in elements.of(tag) if item]
        assert not re.search(r"url\(|@import|fetch\(|https?://(?!\S*\.md)", PAGE)

    def test_every_field_has_a_label_and_every_row_a_heading(self):
        elements = Elements(PAGE)
        fields = [item["id"] for tag in ("select", "input") for item in elements.of(tag)]
        assert sorted(fields) == sorted(item["for"] for item in elements.of("label"))
        rows = [item for item in elements.of("tr") if item]
        assert len(rows) == len(LINES)
        assert sum(item.get("scope") == "row" for item in elements.of("th")) == len(rows)
        assert elements.of("html") == [{"lang": "en"}]

    def test_every_filter_reads_what_the_rows_state(self):
        elements = Elements(PAGE)
        names = {item["name"] for tag in ("select", "input") for item in elements.of(tag)}
        assert all({f"data-{name}" for name in names} == set(item) for item in elements.of("tr") if item)
        stated = {item["value"] for item in elements.of("option")}
        assert {*GPUS, *PYTHONS, "4", "5"} <= stated

    def test_the_same_matrix_gives_the_same_page(self):
        assert write_page(MATRIX, lines(MATRIX)) == PAGE
