"""PAIR002: the tokenizer that is saved after training is of a form that is read where it is served."""

from __future__ import annotations

import pytest

from doctor.core.report import Cause, Severity, Verdict
from tests.rules.pair.sides import judge_pair


@pytest.mark.parametrize("trained", ["0.20.0", "0.22.1"])
def test_a_newer_form_on_the_side_that_trains(trained: str) -> None:
    outcome = judge_pair("PAIR002", {"tokenizers": trained}, {"tokenizers": "0.19.1"})
    assert len(outcome.problems) == 1
    assert (outcome.severity, outcome.cause) == (Severity.ERROR, Cause.TOKENIZER_FILES_MISSING)


@pytest.mark.parametrize(("trained", "served"), [("0.19.1", "0.19.1"), ("0.23.3", "0.20.0"), ("0.19.1", "0.22.1")])
def test_forms_that_are_read(trained: str, served: str) -> None:
    assert judge_pair("PAIR002", {"tokenizers": trained}, {"tokenizers": served}).verdict is Verdict.HEALTHY
