"""PAIR004: what PEFT can train into an adapter is applied by the vLLM that serves it."""

from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.pair.sides import judge_pair

TRAINED = {"peft": "0.18.0"}


@pytest.mark.parametrize(
    ("version", "ignored", "refused"),
    [
        ("0.5.5", ("use_rslora", "rank_pattern", "pissa"), ()),
        ("0.8.5", ("rank_pattern", "pissa"), ("use_dora",)),
        ("0.32.0", (), ("use_dora", "pissa", "bias")),
    ],
)
def test_what_a_release_ignores_and_refuses(version: str, ignored: tuple[str, ...], refused: tuple[str, ...]) -> None:
    outcome = judge_pair("PAIR004", TRAINED, {"vllm": version})
    assert outcome.severity is Severity.INFO and outcome.problems
    said = {"ignores" if " ignores" in problem.message else "refuses": problem.message for problem in outcome.problems}
    assert all(name in said["ignores"] for name in ignored) and all(name in said["refuses"] for name in refused)
    assert ("ignores" in said) is bool(ignored)


def test_a_release_that_the_matrix_does_not_know_is_undetermined() -> None:
    assert judge_pair("PAIR004", TRAINED, {"vllm": "9.9.9"}).verdict is Verdict.UNKNOWN


def test_without_peft_or_vllm_it_does_not_apply() -> None:
    assert judge_pair("PAIR004", {"torch": "2.8.0"}, {"vllm": "0.8.5"}).verdict is Verdict.NOT_APPLICABLE
    assert judge_pair("PAIR004", TRAINED, {"torch": "2.8.0"}).verdict is Verdict.NOT_APPLICABLE
