"""The remedies for a list name its lines, or the command that writes it anew."""

from __future__ import annotations

import pytest

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Safety
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from doctor.remedy.listed import for_list
from tests.facts import EMPTY_MATRIX, distribution, interpreter, snapshot


def remedy_of(form, *requires, lib="2.0"):
    """What is said to do about an app whose requirements a list of a form does not meet."""
    place = {line: Source(kind=SourceKind.LOCK, where=f"/src/{form}", line=line) for line in (1, 2)}
    app = distribution("app", "1.0", *requires, place=place[1])
    listed = (app, distribution("lib", lib, place=place[2]))
    facts = snapshot({INTERPRETER: interpreter(), DISTRIBUTIONS: listed})
    report = judge(facts, EMPTY_MATRIX, select(("PKG001", "PKG002"))[0])
    [(_, problem)] = for_list(report, facts, form).problems()
    return problem.location, problem.remedies[0]


@pytest.mark.parametrize(
    ("form", "command"),
    [
        ("uv.lock", ("uv", "lock", "--upgrade-package", "lib<2")),
        ("poetry.lock", ("poetry", "add", "lib<2")),
        ("pdm.lock", ("pdm", "add", "lib<2")),
    ],
)
def test_a_lock_is_written_anew_by_its_own_tool(form, command):
    location, remedy = remedy_of(form, "lib<2")
    assert remedy.commands == (command,) and remedy.text.endswith(", and lock again")
    assert location.where == f"/src/{form}" and location.line == 2


def test_of_other_lists_the_line_is_named_that_has_to_change():
    _, remedy = remedy_of("requirements.txt", "lib<2")
    assert remedy.text.endswith("lib<2 in place of lib==2.0 in line 2 of requirements.txt")
    assert remedy.safety is Safety.MANUAL and not remedy.commands


def test_what_is_not_in_the_list_is_added():
    _, remedy = remedy_of("requirements.txt", "lib", "deep>=3")
    assert remedy.text.endswith("add deep>=3")
