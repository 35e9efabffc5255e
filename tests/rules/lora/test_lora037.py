"""LORA037."""

from __future__ import annotations

from tests.adapters import embedding_pair, lora
from tests.models import llama
from tests.rules.lora.judging import messages


def test_another_hidden_size():
    (message,) = messages("LORA037", lora(), model=llama(hidden_size=96))
    assert "takes 64 inputs, and the base gives 96" in message


def test_other_outputs():
    (message,) = messages("LORA037", lora(modules=("k_proj",)), model=llama(num_key_value_heads=4))
    assert "gives 32 outputs, and the base takes 64 (2 modules)" in message


def test_an_embedding_of_another_vocabulary():
    draft = lora()
    draft.tensors |= embedding_pair("model.embed_tokens", 300, 64)
    (message,) = messages("LORA037", draft, model=llama())
    assert "takes 300 inputs, and the base gives 320" in message


def test_sizes_that_fit():
    draft = lora()
    draft.tensors |= embedding_pair("model.embed_tokens", 320, 64)
    assert messages("LORA037", draft, base=llama()) == []
