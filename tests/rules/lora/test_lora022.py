"""LORA022."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.rules.lora.judging import messages, outcome


def test_ignored_until_0_31_and_refused_since():
    draft = lora(alora_invocation_tokens=[1, 2])
    assert "does not look at it" in messages("LORA022", draft, vllm="0.31.0")[0]
    assert "refuses it" in messages("LORA022", draft, vllm="0.32.0")[0]


def test_not_set():
    assert messages("LORA022", lora().drop("alora_invocation_tokens"), vllm="0.31.0") == []


def test_a_release_that_the_matrix_does_not_know():
    assert outcome("LORA022", lora(alora_invocation_tokens=[1, 2]), vllm="9.9.9").verdict is Verdict.UNKNOWN


def test_it_cannot_be_merged():
    (problem,) = outcome("LORA022", lora(alora_invocation_tokens=[1, 2])).problems
    assert not any("Merge it" in remedy.text for remedy in problem.remedies)
