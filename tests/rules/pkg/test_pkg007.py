"""PKG007: no folder that pip renamed for removal is left."""

from __future__ import annotations

from doctor.core.packages.distribution import LEFTOVERS, Leftover
from doctor.core.report import Severity, Verdict
from tests.facts import judge


def test_other_leftovers_are_the_matter_of_other_rules():
    leftovers = (Leftover(kind="hollow", name="torch", path="/site/torch"),)
    assert judge("PKG007", {LEFTOVERS: leftovers}).verdict is Verdict.HEALTHY


def test_renamed_folders_are_one_finding():
    leftovers = tuple(Leftover(kind="renamed", name=name, path=f"/site/{name}") for name in ("~orch", "~orchgen"))
    found = judge("PKG007", {LEFTOVERS: leftovers})
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.WARNING
    assert "~orch and ~orchgen" in problem.message
    assert problem.remedies[0].commands == (("rm", "-r", "/site/~orch", "/site/~orchgen"),)


def test_one_folder_is_named_and_found():
    found = judge("PKG007", {LEFTOVERS: (Leftover(kind="renamed", name="~orch", path="/site/~orch"),)})
    [problem] = found.problems
    assert (problem.subject, problem.location.where) == ("~orch", "/site/~orch")
    assert "~orch remains of" in problem.message


def test_several_are_found_at_the_first():
    leftovers = tuple(Leftover(kind="renamed", name=name, path=f"/site/{name}") for name in ("~orch", "~orchgen"))
    [problem] = judge("PKG007", {LEFTOVERS: leftovers}).problems
    assert problem.location.where == "/site/~orch"
    assert "remain of" in problem.message
