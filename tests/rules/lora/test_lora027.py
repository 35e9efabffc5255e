"""LORA027."""

from __future__ import annotations

from tests.adapters import lora
from tests.models import Stored
from tests.rules.lora.judging import messages


def test_tokens_that_were_trained():
    draft = lora()
    draft.tensors["base_model.model.model.embed_tokens.token_adapter.trainable_tokens_delta"] = Stored("BF16", (2, 64))
    (message,) = messages("LORA027", draft)
    assert "trainable_tokens_delta" in message


def test_none_were():
    assert messages("LORA027", lora()) == []
