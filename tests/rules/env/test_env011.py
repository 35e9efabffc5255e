from __future__ import annotations

import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.system import VARIABLES
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import interpreter, judge, unknown


def outcome(**variables: str) -> Outcome:
    return judge("ENV011", {INTERPRETER: interpreter(base_prefix="/usr"), VARIABLES: variables})


def test_another_standard_library_is_an_error() -> None:
    found = outcome(PYTHONHOME="/opt/python3.8")
    (problem,) = found.problems
    assert "PYTHONHOME is /opt/python3.8, and /env/bin/python belongs to /usr" in problem.message
    assert found.severity_of(problem) is Severity.ERROR


@pytest.mark.parametrize(
    "variables", [{}, {"PYTHONHOME": ""}, {"PYTHONHOME": "/usr/"}, {"PYTHONHOME": "/usr:/usr/lib"}]
)
def test_none_or_its_own_is_healthy(variables: dict[str, str]) -> None:
    assert outcome(**variables).verdict is Verdict.HEALTHY


def test_unknown_variables_are_undetermined() -> None:
    assert judge("ENV011", {INTERPRETER: interpreter(), VARIABLES: unknown()}).verdict is Verdict.UNKNOWN
