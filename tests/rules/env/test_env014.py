"""ENV014: PYTHONOPTIMIZE does not take away the docstrings that transformers reads."""

from __future__ import annotations

import pytest

from doctor.core.machine.system import VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import distribution, judge


def outcome(*names: str, **variables: str) -> Outcome:
    listed = tuple(distribution(name, "5.19.0") for name in names)
    return judge("ENV014", {DISTRIBUTIONS: listed, VARIABLES: variables})


@pytest.mark.parametrize("value", ["2", " 2", "3"])
def test_no_docstrings_are_an_error(value: str) -> None:
    found = outcome("transformers", PYTHONOPTIMIZE=value)
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.ERROR
    assert "the models of transformers 5.19.0 cannot be imported" in problem.message


@pytest.mark.parametrize("variables", [{}, {"PYTHONOPTIMIZE": ""}, {"PYTHONOPTIMIZE": "1"}, {"PYTHONOPTIMIZE": "yes"}])
def test_no_assertions_are_no_fault(variables: dict[str, str]) -> None:
    assert outcome("transformers", **variables).verdict is Verdict.HEALTHY


def test_without_transformers_nobody_reads_them() -> None:
    assert outcome("torch", PYTHONOPTIMIZE="2").verdict is Verdict.NOT_APPLICABLE
