from __future__ import annotations

from typing import Any

import pytest

from doctor.core.interpreter import INTERPRETER, unplaced
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import interpreter, judge, unknown


def outcome(**changes: Any) -> Outcome:
    return judge("ENV008", {INTERPRETER: interpreter(**changes)})


def test_an_interpreter_of_the_system_is_worth_knowing() -> None:
    found = outcome(executable="/usr/bin/python3", prefix="/usr", externally_managed=True)
    (problem,) = found.problems
    assert found.severity_of(problem) is Severity.INFO
    assert problem.remedies[0].commands == (("/usr/bin/python3", "-m", "venv", ".venv"),)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"prefix": "/usr", "externally_managed": False},
        {"prefix": "/usr", "externally_managed": True, "conda_prefix": "/usr"},
    ],
)
def test_other_interpreters_are_healthy(changes: dict[str, Any]) -> None:
    assert outcome(**changes).verdict is Verdict.HEALTHY


def test_an_unknown_interpreter_is_undetermined() -> None:
    assert judge("ENV008", {INTERPRETER: unknown()}).verdict is Verdict.UNKNOWN


def test_an_interpreter_of_which_a_text_tells_no_path_is_undetermined() -> None:
    found = judge("ENV008", {INTERPRETER: unplaced("3.11.7")})
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons[0].startswith("whose interpreter it is")
