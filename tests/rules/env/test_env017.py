from __future__ import annotations

import pytest

from doctor.core.machine.system import VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import distribution, judge, unknown

MATRIX = load_matrix()


def outcome(version: str = "0.32.0", **variables: str) -> Outcome:
    return judge("ENV017", {DISTRIBUTIONS: (distribution("vllm", version),), VARIABLES: variables}, MATRIX)


@pytest.mark.parametrize(
    ("name", "value", "of_a_service"),
    [
        ("VLLM_PORT", "tcp://10.0.0.7:8000", True),
        ("VLLM_PORT", "http", False),
        ("VLLM_CPU_KVCACHE_SPACE", "4GB", False),
        ("VLLM_DP_SIZE", "a://b", False),
    ],
)
def test_what_int_does_not_read_is_an_error(name: str, value: str, of_a_service: bool) -> None:
    (problem,) = outcome(**{name: value}).problems
    assert problem.subject == name and f"{value!r}, and vLLM reads a whole number" in problem.message
    assert ("a service has the name vllm" in problem.message) is of_a_service
    assert problem.remedies[0].text.startswith("Give the service" if of_a_service else "Write the number alone")
    assert problem.remedies[0].commands == (("unset", name),)
    with pytest.raises(ValueError):
        int(value)


@pytest.mark.parametrize("variables", [{}, {"VLLM_PORT": ""}, {"VLLM_PORT": " 8000 "}, {"VLLM_HOST_IP": "node"}])
def test_numbers_and_other_variables_are_healthy(variables: dict[str, str]) -> None:
    assert outcome(**variables).verdict is Verdict.HEALTHY


def test_without_vllm_it_does_not_apply() -> None:
    assert judge("ENV017", {DISTRIBUTIONS: (), VARIABLES: {}}).verdict is Verdict.NOT_APPLICABLE


def test_unknown_variables_are_undetermined() -> None:
    facts = {DISTRIBUTIONS: (distribution("vllm", "0.32.0"),), VARIABLES: unknown()}
    assert judge("ENV017", facts).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("version", "told"), [("0.5.5", False), ("0.99.0", True), ("dev", True)])
def test_what_a_release_does_not_read_is_not_told(version: str, told: bool) -> None:
    assert bool(outcome(version, VLLM_DP_SIZE="many").problems) is told
