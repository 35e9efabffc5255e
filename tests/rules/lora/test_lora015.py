"""LORA015."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.facts import EMPTY_MATRIX, unknown
from tests.rules.lora.judging import messages, outcome


def test_above_all_values_of_the_release():
    for vllm, limit in (("0.5.4", 64), ("0.5.5", 256), ("0.7.3", 256), ("0.8.0", 512), ("0.32.0", 512)):
        (message,) = messages("LORA015", lora().state(r=limit + 1), vllm=vllm)
        assert message == f"its rank is {limit + 1}, and vLLM {vllm} serves ranks up to {limit}"
        assert messages("LORA015", lora().state(r=limit), vllm=vllm) == []


def test_a_newer_release_is_named():
    (problem,) = outcome("LORA015", lora().state(r=128), vllm="0.5.4").problems
    assert problem.remedies[0].pins == ("vllm>=0.5.5",)
    (problem,) = outcome("LORA015", lora().state(r=1024)).problems
    assert [remedy.pins for remedy in problem.remedies] == [()]
    assert problem.remedies[0].text.startswith("Merge it")


def test_a_pattern_counts_where_it_is_read():
    draft = lora(rank_pattern={"q_proj": 1024})
    assert len(messages("LORA015", draft, vllm="0.32.0")) == 1
    assert messages("LORA015", draft, vllm="0.31.0") == []


def test_without_vllm_only_what_all_releases_say():
    assert "every vLLM from" in messages("LORA015", lora().state(r=1024), vllm=None)[0]
    assert messages("LORA015", lora(), vllm=None) == []
    assert outcome("LORA015", lora().state(r=128), vllm=None).verdict is Verdict.NOT_APPLICABLE


def test_a_release_that_the_matrix_does_not_know():
    assert outcome("LORA015", lora(), vllm="9.9.9").verdict is Verdict.UNKNOWN
    assert outcome("LORA015", lora(), matrix=EMPTY_MATRIX).verdict is Verdict.UNKNOWN


def test_packages_that_are_not_known():
    assert outcome("LORA015", lora(), vllm=unknown()).verdict is Verdict.UNKNOWN
    found = outcome("LORA015", lora().state(r=1024), vllm=unknown())
    assert found.verdict is Verdict.PROBLEM
    assert found.undetermined
