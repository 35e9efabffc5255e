"""LORA053."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_read_until_0_11_2():
    draft = lora()
    draft.files = {"new_embeddings.safetensors": b""}
    assert messages("LORA053", draft, vllm="0.11.2") == []
    assert "does not look at it: the new tokens have no embedding" in messages("LORA053", draft, vllm="0.12.0")[0]


def test_none_lie_there():
    assert messages("LORA053", lora()) == []
