"""PKG009: no folder without code is imported in place of a package."""

from __future__ import annotations

import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS, Leftover
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import distribution, interpreter, judge, unknown


def outcome(*names, requires=("lm-eval",)):
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (distribution("app", "1", *requires),),
        LEFTOVERS: tuple(Leftover(kind="hollow", name=name, path=f"/site/{name}") for name in names),
    }
    return judge("PKG009", facts)


def test_none():
    assert outcome().verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("name", "severity"),
    [("torch", Severity.ERROR), ("flash_attn", Severity.ERROR), ("lm_eval", Severity.ERROR), ("mine", Severity.INFO)],
)
def test_severity_follows_whether_somebody_wants_to_import_it(name, severity):
    found = outcome(name)
    [problem] = found.problems
    assert (found.severity_of(problem), found.cause_of(problem)) == (severity, Cause.CORRUPTED_INSTALL)
    assert problem.remedies[0].commands == (("rm", "-r", f"/site/{name}"),)


def test_requirements_that_are_not_known_leave_a_gap():
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (distribution("app", "1", requires=unknown()),),
        LEFTOVERS: (Leftover(kind="hollow", name="mine", path="/site/mine"),),
    }
    assert judge("PKG009", facts).undetermined


def test_other_leftovers_are_the_matter_of_other_rules():
    """Nor do they make the requirements of others a matter of this one."""
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (distribution("app", "1", requires=unknown()),),
        LEFTOVERS: (Leftover(kind="renamed", name="~orch", path="/site/~orch"),),
    }
    assert judge("PKG009", facts).verdict is Verdict.HEALTHY
