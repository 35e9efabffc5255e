from __future__ import annotations

from typing import Any

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import judge, put


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_size", "64"),
        ("num_hidden_layers", 0),
        ("vocab_size", 320.0),
        ("head_dim", True),
        ("sliding_window", "1"),
        ("head_dim", 0),
        ("num_experts", -1),
        ("num_experts", False),
        ("intermediate_size", []),
        ("intermediate_size", [128, 0]),
        ("intermediate_size", [128, "128"]),
        ("hidden_size", [64, 64]),
    ],
)
def test_a_size_that_is_none(name: str, value: Any):
    (problem,) = judge("MODEL028", put(**{name: value})).problems
    assert problem.message == f"{name} is {value!r}, and a whole number above zero is needed"


def test_latent_attention_excuses_no_other_size():
    assert len(judge("MODEL028", put(kv_lora_rank=4, num_hidden_layers=0)).problems) == 1
    assert judge("MODEL028", put(kv_lora_rank=4, head_dim=0)).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(("name", "value"), [("rms_norm_eps", "1e-5"), ("initializer_range", True)])
def test_a_factor_that_is_none(name: str, value: Any):
    assert "a number is needed" in judge("MODEL028", put(**{name: value})).problems[0].message


@pytest.mark.parametrize(
    "name", ["intermediate_size", "moe_intermediate_size", "num_attention_heads", "num_key_value_heads"]
)
def test_a_size_for_each_layer(name: str):
    """As Gemma 3n and Ernie 4.5 VL state it."""
    assert judge("MODEL028", put(**{name: [128, 64]})).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("name", ["num_local_experts", "num_experts", "num_experts_per_tok"])
def test_no_experts(name: str):
    """The dense models of Granite 4.0 state that they have none."""
    assert judge("MODEL028", put(**{name: 0})).verdict is Verdict.HEALTHY


def test_latent_attention_of_which_nothing_is_rotated():
    assert judge("MODEL028", put(head_dim=0, kv_lora_rank=512)).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("value", [None, False, 4096])
def test_healthy(value: Any):
    assert judge("MODEL028", put(sliding_window=value, num_key_value_heads=1)).verdict is Verdict.HEALTHY
