"""Annotations of GitHub Actions."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.fact import Source, SourceKind
from doctor.core.report import Severity, Verdict
from doctor.formats.github import LIMIT, command, render
from tests.formats.reports import BROKEN, KINDS, UNDETERMINED, outcome, problem, rendering, report

COMMAND = re.compile(r"::(\w+)(?: ([^:]*))?::(.*)")


def annotations(text: str, kind: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(f"::{kind}")]


def test_a_problem_is_an_annotation_of_its_severity():
    text = render(rendering(BROKEN))
    assert len(annotations(text, "error")) == 1
    assert "title=PKG001 torch" in annotations(text, "error")[0]
    assert len(annotations(text, "warning")) == 2  # the warning, and what could not be judged


def test_what_could_not_be_judged_is_a_warning():
    text = render(rendering(UNDETERMINED))
    assert "GPU[001-002] could not be determined" in annotations(text, "warning")[0]
    assert "::group::Could not be determined\nGPU[001-002] could not be determined: driver: NVML timed out" in text


@pytest.mark.parametrize("severity", Severity)
def test_no_more_of_a_kind_than_github_shows_and_the_rest_is_counted(severity):
    many = report(
        outcome("PKG001", Verdict.PROBLEM, *(problem(f"p{number}", severity=severity) for number in range(25)))
    )
    text = render(rendering(many))
    (kind,) = [name for name in ("error", "warning", "notice") if annotations(text, name)]
    found = annotations(text, kind)
    assert len(found) == LIMIT
    assert "16 more" in found[-1]
    assert all(f" p{number}:" in text for number in range(25))


def test_a_file_of_the_workspace_is_annotated_at_its_line():
    place = Source(kind=SourceKind.LOCK, where="requirements.txt", line=7)
    judged = report(outcome("PKG001", Verdict.PROBLEM, problem(location=place)))
    assert annotations(render(rendering(judged)), "error")[0].startswith("::error file=requirements.txt,line=7,")


@pytest.mark.parametrize("kind", KINDS)
def test_groups_are_closed(kind):
    text = render(rendering(KINDS[kind]))
    assert text.count("::group::") == text.count("::endgroup::")


@given(st.text(), st.text())
def test_nothing_in_a_text_ends_a_command_or_begins_one(message, title):
    line = command("error", message, title=title)
    match = COMMAND.fullmatch(line)
    assert match is not None
    assert match[1] == "error"
    assert "," not in (match[2] or "").removeprefix("title=")
    printable = "".join(character for character in message if character == "\n" or character.isprintable())
    if printable == message:
        assert unquote(match[3]) == message


@given(st.text())
def test_no_line_of_the_patient_is_taken_for_a_command(said):
    judged = report(outcome("PKG001", Verdict.PROBLEM, problem(f"::error::{said}", f"\n::stop-commands::{said}")))
    lines = render(rendering(judged)).splitlines()
    assert {match[1] for line in lines if (match := COMMAND.match(line))} <= {"error", "group", "endgroup"}
