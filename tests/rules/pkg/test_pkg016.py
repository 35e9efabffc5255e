"""PKG016: no installed distribution bears a name that strangers have taken over."""

from __future__ import annotations

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import distribution, interpreter, judge


def outcome(*items):
    return judge("PKG016", {INTERPRETER: interpreter(), DISTRIBUTIONS: items})


def test_the_real_one_and_none():
    assert outcome(distribution("pyairports", "2.1.1"), distribution("torch", "2")).verdict is Verdict.HEALTHY


def test_the_other_one():
    found = outcome(distribution("pyairports", "0.0.1", top_level=("sample", "tests")))
    [problem] = found.problems
    assert (found.severity, found.cause) == (Severity.WARNING, Cause.MISSING_PACKAGE)
    assert "holds no module pyairports (it brings sample, tests)" in problem.message
    assert problem.remedies[0].commands[0][-1] == "pyairports"
