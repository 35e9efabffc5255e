"""LORA009."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_zero_serves_the_base_model():
    (message,) = messages("LORA009", lora(lora_alpha=0))
    assert "the base model without a word" in message


def test_what_is_no_number():
    for alpha in (None, "16", [16], True):
        (message,) = messages("LORA009", lora(lora_alpha=alpha))
        assert "not a number" in message


def test_a_scale_of_a_pattern():
    assert "alpha_pattern['q_proj']" in messages("LORA009", lora(alpha_pattern={"q_proj": "x"}))[0]


def test_usual_scales():
    for alpha in (1, 16, 0.5, 64.0):
        assert messages("LORA009", lora(lora_alpha=alpha)) == []


def test_what_is_not_stated_and_a_pattern_that_is_none():
    assert messages("LORA009", lora().drop("lora_alpha")) == []
    for pattern in (None, ["q_proj"], 4):
        assert messages("LORA009", lora(alpha_pattern=pattern)) == []


def test_what_no_float_holds():
    (message,) = messages("LORA009", lora(lora_alpha=10**400))
    assert "larger than any float" in message
    assert messages("LORA010", lora(lora_alpha=10**400)) == []
