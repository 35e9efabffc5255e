"""LORA017."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.facts import unknown
from tests.rules.lora.judging import messages, outcome


def test_ignored_until_0_31():
    for changes in ({"rank_pattern": {"q_proj": 4}}, {"alpha_pattern": {"q_proj": 32}}):
        (message,) = messages("LORA017", lora(**changes), vllm="0.31.0")
        assert "vLLM 0.31.0 does not look at it" in message
        assert messages("LORA017", lora(**changes), vllm="0.32.0") == []


def test_none_is_set():
    assert messages("LORA017", lora(), vllm="0.5.5") == []


def test_releases_differ():
    assert outcome("LORA017", lora(rank_pattern={"q_proj": 4}), vllm=None).verdict is Verdict.NOT_APPLICABLE
    assert outcome("LORA017", lora(rank_pattern={"q_proj": 4}), vllm=unknown()).verdict is Verdict.UNKNOWN
