"""LORA033."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_no_prefix():
    (message,) = messages("LORA033", lora().rename("base_model.model.", ""))
    assert "28 of its tensors do not begin with base_model.model. (model.layers.0" in message


def test_the_prefix():
    assert messages("LORA033", lora()) == []
