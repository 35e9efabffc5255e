"""LORA024."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.rules.lora.judging import messages, outcome


def test_ignored_until_0_31_and_refused_since():
    draft = lora(use_qalora=True)
    assert "does not look at it" in messages("LORA024", draft, vllm="0.31.0")[0]
    assert "refuses it" in messages("LORA024", draft, vllm="0.32.0")[0]


def test_not_set():
    assert messages("LORA024", lora().drop("use_qalora"), vllm="0.31.0") == []


def test_a_release_that_the_matrix_does_not_know():
    assert outcome("LORA024", lora(use_qalora=True), vllm="9.9.9").verdict is Verdict.UNKNOWN
