"""LORA008."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


def test_what_is_no_positive_integer():
    for rank in (0, -8, "8", None, 8.5, True):
        assert len(messages("LORA008", lora().state(r=rank))) == 1


def test_a_rank_of_a_pattern():
    (message,) = messages("LORA008", lora(rank_pattern={"q_proj": 0}))
    assert "rank_pattern['q_proj']=0" in message


def test_usual_ranks():
    for rank in (1, 8, 12, 256):
        assert messages("LORA008", lora().state(r=rank)) == []


def test_what_is_not_stated_and_a_pattern_that_is_none():
    assert messages("LORA008", lora().drop("r")) == []
    for pattern in (None, ["q_proj"], 4):
        assert messages("LORA008", lora(rank_pattern=pattern)) == []
