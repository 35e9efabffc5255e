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
    ],
)
def test_a_size_that_is_none(name: str, value: Any):
    (problem,) = judge("MODEL028", put(**{name: value})).problems
    assert problem.message == f"{name} is {value!r}, and a whole number above zero is needed"


@pytest.mark.parametrize(("name", "value"), [("rms_norm_eps", "1e-5"), ("initializer_range", True)])
def test_a_factor_that_is_none(name: str, value: Any):
    assert "a number is needed" in judge("MODEL028", put(**{name: value})).problems[0].message


@pytest.mark.parametrize("value", [None, False, 4096])
def test_healthy(value: Any):
    assert judge("MODEL028", put(sliding_window=value, num_key_value_heads=1)).verdict is Verdict.HEALTHY
