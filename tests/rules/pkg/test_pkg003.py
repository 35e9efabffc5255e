"""PKG003: every installed distribution supports this Python."""

from __future__ import annotations

import pytest

from doctor.core.fact import Known, Source, SourceKind
from doctor.core.interpreter import INTERPRETER, unplaced
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import distribution, interpreter, judge, known, unknown


def outcome(python, *stated, name="vllm"):
    items = [
        distribution(name if not n else f"p{n}", "1", requires_python=known(text)) for n, text in enumerate(stated)
    ]
    return judge("PKG003", {INTERPRETER: interpreter(python), DISTRIBUTIONS: tuple(items)})


@pytest.mark.parametrize("stated", ["", ">=3.9", ">=3.9,<3.13", ">=3.10,!=3.14.1"])
def test_supported(stated):
    assert outcome("3.11.7", stated).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("name", "python", "stated", "severity"),
    [
        ("vllm", "3.10.13", ">=3.11", Severity.ERROR),
        ("rich", "3.10.13", ">=3.11", Severity.WARNING),
        ("vllm", "3.13.0", ">=3.9,<3.13", Severity.WARNING),
    ],
)
def test_not_supported(name, python, stated, severity):
    found = outcome(python, stated, name=name)
    [problem] = found.problems
    assert (found.severity_of(problem), found.cause_of(problem)) == (severity, Cause.PYTHON_VERSION)
    assert stated.split(",")[0] in problem.message and python in problem.message


def test_the_remedy_names_a_python_that_suits_all():
    found = outcome("3.13.0", "<3.13,>=3.9", ">=3.11")
    assert "<3.13,>=3.11" in found.problems[0].remedies[0].commands[0]


@pytest.mark.parametrize("stated", ["3", ">=three", ">=3.9.*"])
def test_what_cannot_be_read_is_not_healthy(stated):
    assert outcome("3.11.7", stated).verdict is Verdict.UNKNOWN


def test_unknown():
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: (distribution("vllm", "1", requires_python=unknown()),)}
    assert judge("PKG003", facts).verdict is Verdict.UNKNOWN


def test_a_text_that_states_no_python_is_undetermined():
    facts = {INTERPRETER: unplaced(), DISTRIBUTIONS: (distribution("vllm", "1", requires_python=known(">=3.9")),)}
    found = judge("PKG003", facts)
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons[0].startswith("version of Python")


def test_what_the_matrix_states_of_a_release_is_cited():
    """A list of versions states no Requires-Python: the row that does is the place to look at."""
    row = Source(kind=SourceKind.MATRIX, where="release vllm 1")
    item = distribution("vllm", "1", requires_python=Known(value=">=3.12", source=row))
    found = judge("PKG003", {INTERPRETER: interpreter("3.11.7"), DISTRIBUTIONS: (item,)})
    assert found.problems[0].location == row


def test_what_is_installed_is_named_by_its_own_files():
    """And an entry of a list by its line, whoever states what the release needs."""
    found = outcome("3.11.7", ">=3.12")
    assert found.problems[0].location.kind is SourceKind.DIST_INFO
    row = Source(kind=SourceKind.MATRIX, where="release vllm 1")
    line = Source(kind=SourceKind.LOCK, where="uv.lock", line=7)
    item = distribution("vllm", "1", requires_python=Known(value=">=3.12", source=row), place=line)
    found = judge("PKG003", {INTERPRETER: interpreter("3.11.7"), DISTRIBUTIONS: (item,)})
    assert found.problems[0].location == line


def test_one_that_says_nothing_or_cannot_be_read_hides_no_other():
    for first in ("", ">=three"):
        found = outcome("3.11.7", first, ">=3.12")
        assert [problem.subject for problem in found.problems] == ["p1"]


def test_what_is_shadowed_may_need_another_python():
    old = distribution("vllm", "1", requires_python=known(">=3.12"), shadowed=True)
    assert judge("PKG003", {INTERPRETER: interpreter("3.11.7"), DISTRIBUTIONS: (old,)}).verdict is Verdict.HEALTHY


def test_where_no_python_suits_all_it_is_the_one_of_the_most_important():
    found = outcome("3.11.7", ">=3.12", "<3.10")
    assert [problem.remedies[0].commands[0][3] for problem in found.problems] == [">=3.12", "<3.10"]
