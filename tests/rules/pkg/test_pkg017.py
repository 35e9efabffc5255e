"""PKG017: every distribution that is installed in editable mode has its source folder."""

from __future__ import annotations

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS, Leftover
from doctor.core.report import Severity, Verdict
from tests.facts import distribution, interpreter, judge, unknown

GONE = (Leftover(kind="no-source", name="peft", path="/srv/peft"),)


def found_with(leftovers, *installed):
    return judge("PKG017", {INTERPRETER: interpreter(), DISTRIBUTIONS: installed, LEFTOVERS: leftovers})


def test_a_missing_source_of_the_stack_is_an_error():
    found = found_with(GONE, distribution("peft", "0.21.2", origin="editable"))
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.ERROR
    assert problem.subject == "peft"
    assert "/srv/peft" in problem.message
    assert problem.remedies[0].commands[0][-1] == "peft"


def test_what_the_stack_does_not_need_is_a_warning():
    left = (Leftover(kind="no-source", name="notes", path="/srv/notes"),)
    found = found_with(left, distribution("notes", "1", origin="editable"), distribution("peft", "0.21.2"))
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


def test_other_leftovers_are_the_matter_of_other_rules():
    left = (Leftover(kind="hollow", name="peft", path="/env/peft"),)
    assert found_with(left, distribution("peft", "0.21.2")).verdict is Verdict.HEALTHY


def test_where_no_source_is_missing_no_requirements_matter():
    assert found_with((), distribution("peft", "0.21.2", requires=unknown())).verdict is Verdict.HEALTHY
