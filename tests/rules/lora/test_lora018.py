"""LORA018."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.rules.lora.judging import messages, outcome


def test_ignored_then_refused_then_served():
    draft = lora(use_rslora=True)
    assert "does not look at it" in messages("LORA018", draft, vllm="0.6.4.post1")[0]
    assert "refuses it" in messages("LORA018", draft, vllm="0.6.5")[0]
    assert "refuses it" in messages("LORA018", draft, vllm="0.6.6.post1")[0]
    assert messages("LORA018", draft, vllm="0.7.0") == []


def test_the_release_that_serves_it_is_named():
    (problem,) = outcome("LORA018", lora(use_rslora=True), vllm="0.5.5").problems
    assert problem.remedies[0].pins == ("vllm>=0.7.0",)


def test_a_plain_lora():
    assert messages("LORA018", lora(), vllm="0.5.5") == []


def test_a_release_that_the_matrix_does_not_know():
    assert outcome("LORA018", lora(use_rslora=True), vllm="9.9.9").verdict is Verdict.UNKNOWN
