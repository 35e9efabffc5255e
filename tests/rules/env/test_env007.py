from __future__ import annotations

import pytest

from doctor.core.machine.system import VARIABLES
from doctor.core.report import Severity, Verdict
from tests.facts import judge, unknown


@pytest.mark.parametrize("value", ["1", "ON", "Yes", "TRUE"])
def test_offline_mode_is_worth_knowing(value: str) -> None:
    outcome = judge("ENV007", {VARIABLES: {"HF_HUB_OFFLINE": value, "TRANSFORMERS_OFFLINE": "1"}})
    (problem,) = outcome.problems
    assert "HF_HUB_OFFLINE and TRANSFORMERS_OFFLINE are set" in problem.message
    assert (problem.subject, problem.location and problem.location.where) == ("HF_HUB_OFFLINE", "HF_HUB_OFFLINE")
    assert outcome.severity_of(problem) is Severity.INFO


@pytest.mark.parametrize("variables", [{}, {"HF_HUB_OFFLINE": "0"}, {"HF_HUB_OFFLINE": ""}])
def test_online_is_healthy(variables: dict[str, str]) -> None:
    assert judge("ENV007", {VARIABLES: variables}).verdict is Verdict.HEALTHY


def test_unknown_variables_are_undetermined() -> None:
    assert judge("ENV007", {VARIABLES: unknown()}).verdict is Verdict.UNKNOWN
