"""PKG016: no installed distribution bears a name that strangers have taken over."""

from __future__ import annotations

from doctor.core.fact import SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Severity, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import distribution, interpreter, judge


def outcome(*items):
    return judge("PKG016", {INTERPRETER: interpreter(), DISTRIBUTIONS: items}, load_matrix())


def test_the_real_one_and_none():
    assert outcome(distribution("pyairports", "2.1.1"), distribution("torch", "2")).verdict is Verdict.HEALTHY


def test_the_other_one():
    found = outcome(distribution("pyairports", "0.0.1", top_level=("sample", "tests")))
    [problem] = found.problems
    assert (found.severity_of(problem), found.cause_of(problem)) == (Severity.WARNING, Cause.MISSING_PACKAGE)
    assert "pyairports 0.0.1 (it brings sample, tests)" in problem.message
    assert "holds no module pyairports" in problem.message
    assert problem.remedies[0].commands[0][-1] == "pyairports"


def test_malware_is_an_error():
    found = outcome(distribution("litellm", "1.82.8"))
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.ERROR]


def test_without_rows_nothing_is_judged():
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: (distribution("pyairports", "0.0.1"),)}
    assert judge("PKG016", facts, Matrix(version="empty")).verdict is Verdict.NOT_APPLICABLE


def test_a_version_that_cannot_be_compared_is_undetermined():
    found = outcome(distribution("pyairports", "mine"))
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons == ("pyairports has the version 'mine', which cannot be compared",)


def test_the_row_is_cited():
    found = outcome(distribution("pyairports", "0.0.1"))
    assert [item.key for item in found.evidence if item.source.kind is SourceKind.MATRIX]


def test_where_it_brings_no_module_none_is_named():
    found = outcome(distribution("pyairports", "0.0.1", top_level=()))
    assert "(it brings" not in found.problems[0].message
