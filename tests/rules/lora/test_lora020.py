"""LORA020."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_whole_modules():
    for vllm in ("0.5.5", "0.7.3", "0.32.0", None):
        (message,) = messages("LORA020", lora(modules_to_save=["lm_head", "embed_tokens"]), vllm=vllm)
        assert "modules_to_save: lm_head, embed_tokens" in message


def test_heads_of_classifiers():
    for saved in (["score"], ["score", "classifier"]):
        draft = lora(modules_to_save=saved)
        assert messages("LORA020", draft, vllm="0.31.0") == []
    assert "refuses it" in messages("LORA020", draft, vllm="0.30.0")[0]


def test_none():
    for value in (None, []):
        assert messages("LORA020", lora(modules_to_save=value)) == []
        assert messages("LORA020", lora(modules_to_save=value), vllm="9.9.9") == []
