"""PAIR001: what transformers saves after training is read by the transformers that serves it."""

from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.pair.sides import judge_pair


@pytest.mark.parametrize(("trained", "served"), [("5.0.0", "4.57.6"), ("5.23.0", "4.44.2")])
def test_a_newer_one_on_the_side_that_trains(trained: str, served: str) -> None:
    outcome = judge_pair("PAIR001", {"transformers": trained}, {"transformers": served})
    [problem] = outcome.problems
    assert outcome.severity is Severity.WARNING
    assert trained in problem.message and served in problem.message


@pytest.mark.parametrize(("trained", "served"), [("4.57.6", "5.19.0"), ("5.23.0", "5.0.0"), ("4.57.6", "4.44.2")])
def test_sides_that_understand_each_other(trained: str, served: str) -> None:
    assert judge_pair("PAIR001", {"transformers": trained}, {"transformers": served}).verdict is Verdict.HEALTHY


def test_sides_without_it() -> None:
    assert judge_pair("PAIR001", {}, {"transformers": "4.44.2"}).verdict is Verdict.NOT_APPLICABLE
    assert judge_pair("PAIR001", {"transformers": "5.0.0"}, {}).verdict is Verdict.NOT_APPLICABLE
    assert judge_pair("PAIR001", None, {"transformers": "4.44.2"}).verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("trained", "served", "side"), [("none", "4.44.2", "that trains"), ("5.0.0", "none", "that serves")]
)
def test_a_version_that_cannot_be_compared(trained: str, served: str, side: str) -> None:
    outcome = judge_pair("PAIR001", {"transformers": trained}, {"transformers": served})
    assert outcome.reasons == (f"the version of transformers in the environment {side} cannot be read: none",)
