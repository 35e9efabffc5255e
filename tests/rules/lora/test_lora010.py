"""LORA010."""

from __future__ import annotations

import pytest

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_a_scale_that_no_training_uses():
    for changes in ({"lora_alpha": 1024}, {"lora_alpha": 0.1}, {"lora_alpha": 2000, "use_rslora": True}):
        (message,) = messages("LORA010", lora(**changes))
        assert ("rsLoRA" in message) is ("use_rslora" in changes)


def test_scales_of_published_recipes():
    for rank, alpha in ((8, 16), (64, 16), (256, 512), (16, 128), (1, 32)):
        assert messages("LORA010", lora(lora_alpha=alpha).state(r=rank)) == []


def test_rank_stabilised_scales_are_divided_by_the_root():
    assert messages("LORA010", lora(lora_alpha=64, use_rslora=True).state(r=64)) == []
    assert messages("LORA010", lora(lora_alpha=2000).state(r=64)) == []
    (message,) = messages("LORA010", lora(lora_alpha=2000, use_rslora=True).state(r=64))
    assert message.startswith("its scale is 250 (lora_alpha=2000, r=64, rsLoRA)")


def test_what_other_rules_say_is_left_to_them():
    for rank, alpha in ((0, 16), (-1, 16), (8, 0), (8, "x"), ("8", 16)):
        assert messages("LORA010", lora(lora_alpha=alpha).state(r=rank)) == []


@pytest.mark.parametrize(("alpha", "rank"), [(0.031, 1), (33, 1), (-33, 1), (1024, 8)])
def test_beyond_a_thirty_second_and_thirty_two(alpha, rank):
    assert len(messages("LORA010", lora(lora_alpha=alpha).state(r=rank))) == 1


def test_a_negative_rank_is_another_rules_matter():
    assert messages("LORA010", lora(lora_alpha=1024).state(r=-1)) == []


def test_the_ends_of_what_is_usual_and_an_adapter_beside_one_without_a_scale():
    scales = [1 / 32, 32.0, -32.0]
    assert messages("LORA010", *(lora(lora_alpha=scale * 8) for scale in scales)) == []
    assert len(messages("LORA010", lora(lora_alpha=0), lora(lora_alpha=0.24), lora(lora_alpha=257))) == 2
