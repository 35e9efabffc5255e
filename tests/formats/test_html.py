"""The HTML report, in a real browser where there is one."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from doctor.core.report import Remedy, Verdict
from doctor.formats.html import KINDS as ENTRY_KINDS
from doctor.formats.html import render
from tests.formats.reports import BROKEN, KINDS, UNDETERMINED, outcome, problem, rendering, report
from tests.formats.validators import browse

EXTERNAL = re.compile(r"""(?:src|href)\s*=\s*["'](?!#)|url\(|@import""")


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


def test_a_person_filters_copies_and_reads_it_in_chromium(tmp_path):
    page = tmp_path / "report.html"
    page.write_text(render(rendering(BROKEN)), encoding="utf-8")
    seen = browse(page, tmp_path / "report.png")
    assert (seen["errors"], seen["healthy"], seen["healthyShown"], seen["errorsHidden"]) == (1, 0, 1, 0)
    assert seen["others"] == 0
    assert seen["copied"] == seen["command"] == "/env/bin/python -m pip install 'torch<2.5'"
    assert seen["phoneScrolls"] is False
    assert seen["violations"] == {"light": [], "dark": []}
    assert seen["said"] == []  # its own content policy is not broken
    assert set(seen["requests"]) == {page.as_uri()}


@pytest.mark.parametrize("kind", KINDS)
def test_needs_nothing_from_elsewhere(kind):
    assert not EXTERNAL.search(render(rendering(KINDS[kind])))


@pytest.mark.parametrize("kind", KINDS)
def test_every_outcome_is_told_and_every_kind_has_words(kind):
    text = render(rendering(KINDS[kind]))
    for item in KINDS[kind].outcomes:
        assert item.code in text
    for name in set(re.findall(r'class="entry k-([\w-]+)', text)):
        assert f"{name.replace('-', ' ')}: " in text
        assert name in ENTRY_KINDS


def test_what_could_not_be_judged_is_the_verdict():
    assert 'class="verdict v-undetermined"' in render(rendering(UNDETERMINED))


def test_nothing_of_the_patient_becomes_markup_or_a_control():
    bad = '</style><script>alert(1)</script><img src=x onerror="y">\x1b[31m\u202e'
    remedy = Remedy(text=bad, commands=((bad,),))
    judged = report(outcome("PKG001", Verdict.PROBLEM, problem(bad, bad, remedies=(remedy,)), reasons=(bad,)))
    text = render(rendering(judged, why=bad))
    plain = _Page(render(rendering(BROKEN))).tags
    assert set(_Page(text).tags) <= set(plain)
    assert _Page(text).tags.count("script") == 1
    assert "\x1b" not in text
    assert "\u202e" not in text
