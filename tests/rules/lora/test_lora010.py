"""LORA010."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_a_scale_that_no_training_uses():
    for changes in ({"lora_alpha": 1024}, {"lora_alpha": 0.1}, {"lora_alpha": 2000, "use_rslora": True}):
        assert len(messages("LORA010", lora(**changes))) == 1


def test_scales_of_published_recipes():
    for rank, alpha in ((8, 16), (64, 16), (256, 512), (16, 128), (1, 32)):
        assert messages("LORA010", lora(lora_alpha=alpha).state(r=rank)) == []


def test_rank_stabilised_scales_are_divided_by_the_root():
    assert messages("LORA010", lora(lora_alpha=64, use_rslora=True).state(r=64)) == []


def test_what_other_rules_say_is_left_to_them():
    for rank, alpha in ((0, 16), (-1, 16), (8, 0), (8, "x"), ("8", 16)):
        assert messages("LORA010", lora(lora_alpha=alpha).state(r=rank)) == []
