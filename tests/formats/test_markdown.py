"""Markdown for issues, pull requests and job summaries, read by a real parser."""

from __future__ import annotations

import dataclasses
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from doctor.core.machine.system import VARIABLES
from doctor.core.report import Remedy, Verdict
from doctor.core.rule import unstated
from doctor.formats.markdown import render
from tests.facts import known
from tests.formats.reports import BROKEN, KINDS, METADATA, UNDETERMINED, outcome, problem, rendering, report


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)


def tags_of(markdown: str) -> set[str]:
    parser = _Tags()
    parser.feed(MarkdownIt("commonmark").enable("table").render(markdown))
    return parser.tags


def test_findings_come_before_the_environment():
    text = render(rendering(BROKEN))
    assert text.index("PKG001") < text.index("GPU001") < text.index("<details>")
    assert "'torch<2.5'" in text


def test_says_what_could_not_be_judged():
    assert "- **GPU001 GPU002** driver: NVML timed out" in render(rendering(UNDETERMINED))


def test_what_nobody_stated_is_said_in_one_place():
    reasons = ("disks: not stated (not-stated)", "memory of GPU 0: not stated (not-stated)")
    text = render(rendering(report(outcome("SYS001", Verdict.UNKNOWN, reasons=reasons))))
    assert "disks, memory of GPU 0. 1 rule needs it: SYS001." in text
    assert "(not-stated)" not in text


def test_what_many_rules_need_is_said_in_few_words():
    names = ("variable A_B", "variable C", "variable D", "memory of GPU 0", "memory of GPU 1", "Python")
    outcomes = [
        outcome(f"SYS00{number}", Verdict.UNKNOWN, reasons=tuple(map(unstated, names))) for number in (1, 2, 3, 5)
    ]
    text = render(rendering(report(*outcomes))).replace("\\", "")
    assert "Python, memory of GPU 0 and GPU 1, variables A_B and 2 more. 4 rules need it: SYS[001-003,005]." in text


@pytest.mark.parametrize("kind", KINDS)
def test_is_a_fold_with_a_table(kind):
    assert {"details", "summary", "table"} <= tags_of(render(rendering(KINDS[kind])))


@given(st.text(), st.text())
def test_nothing_of_the_patient_becomes_markup(subject, message):
    said = problem(f"<script>{subject}", f"![x](http://y) @someone | {message}", location=METADATA)
    found = tags_of(render(rendering(report(outcome("PKG001", Verdict.PROBLEM, said)))))
    assert found <= tags_of(render(rendering(BROKEN)))


@given(st.lists(st.text(min_size=1), min_size=1))
def test_no_command_ends_its_block(command):
    remedy = Remedy(text="do it", commands=(("sh", "```", *command),))
    judged = report(outcome("PKG001", Verdict.PROBLEM, problem(remedies=(remedy,))))
    assert "details" in tags_of(render(rendering(judged)))
    assert MarkdownIt().render(render(rendering(judged))).count("<pre>") == 1


@pytest.mark.parametrize("user", ["jane", "jane_d"])
def test_the_home_folder_does_not_name_the_user(user):
    shown = rendering(report(outcome("PKG001", Verdict.PROBLEM, problem(message=f"seen in /home/{user}/env"))))
    home = shown.snapshot.replace(VARIABLES, known({"HOME": f"/home/{user}"}))
    text = render(dataclasses.replace(shown, snapshot=home))
    assert "jane" not in text
    assert "seen in ~/env" in text
