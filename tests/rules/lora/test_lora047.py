"""LORA047."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.models import Draft, llama
from tests.rules.lora.judging import messages, outcome


def test_above_the_limit_of_the_release():
    for vllm, limit in (("0.4.0.post1", 33024), ("0.5.4", 128512), ("0.16.0", 257024), ("0.32.0", 258048)):
        (message,) = messages("LORA047", lora(), model=small(limit + 1), vllm=vllm)
        assert f"up to {limit}" in message
        assert messages("LORA047", lora(), model=small(limit), vllm=vllm) == []


def test_only_where_the_head_is_adapted():
    large = small(262144, architectures=["Gemma2ForCausalLM"])
    assert messages("LORA047", lora(), model=large, vllm="0.32.0") == []


def test_without_a_base():
    assert outcome("LORA047", lora()).verdict is Verdict.NOT_APPLICABLE


def small(vocabulary: int, **changes: object) -> Draft:
    """A base of a large vocabulary whose weights are not there."""
    draft = llama(**changes)
    draft.config["vocab_size"] = vocabulary
    draft.tensors, draft.shards = {}, 0
    return draft
