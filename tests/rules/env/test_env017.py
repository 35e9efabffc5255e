from __future__ import annotations

import pytest

from doctor.core.machine.system import VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome, Verdict
from tests.facts import distribution, judge, unknown


def outcome(**variables: str) -> Outcome:
    return judge("ENV017", {DISTRIBUTIONS: (distribution("vllm", "0.32.0"),), VARIABLES: variables})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("VLLM_PORT", "tcp://10.0.0.7:8000", "a service has the name vllm"),
        ("VLLM_PORT", "http", "reads a whole number"),
        ("VLLM_CPU_KVCACHE_SPACE", "4GB", "'4GB'"),
        ("VLLM_DP_SIZE", "1.5", "'1.5'"),
    ],
)
def test_what_int_does_not_read_is_an_error(name: str, value: str, words: str) -> None:
    (problem,) = outcome(**{name: value}).problems
    assert problem.subject == name and words in problem.message
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
