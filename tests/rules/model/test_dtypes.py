"""The dtypes of configs and of weights."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.core.artifact.tensors import Tensor
from doctor.rules.model.dtypes import count_elements, is_plain, main_dtype, stated_dtype


@pytest.mark.parametrize(
    ("config", "dtype"),
    [
        ({"dtype": "bfloat16"}, "BF16"),
        ({"torch_dtype": "float16"}, "F16"),
        ({"dtype": "half", "torch_dtype": "float32"}, "F16"),
        ({"text_config": {"dtype": "float"}}, "F32"),
        ({"dtype": "float32", "text_config": {"dtype": "bfloat16"}}, "F32"),
        ({"dtype": "auto", "torch_dtype": "bfloat16"}, "BF16"),
        ({"dtype": ["bfloat16"], "torch_dtype": {"x": 1}}, None),
        ({"dtype": None}, None),
        ({}, None),
    ],
)
def test_the_dtype_that_a_config_states(config: dict[str, Any], dtype: str | None) -> None:
    assert stated_dtype(config) == dtype


def of(**dtypes: str) -> dict[str, Tensor]:
    return {name: Tensor(dtype=dtype, shape=(2, 3)) for name, dtype in dtypes.items()}


def test_most_elements_tell_the_dtype() -> None:
    assert main_dtype(of(a="BF16", b="BF16", c="F32")) == "BF16"
    assert main_dtype(of(a="U8", b="U8", c="BF16")) is None
    assert main_dtype({}) is None
    assert dict(count_elements(of(a="BF16", b="F32", c="BF16"))) == {"BF16": 12, "F32": 6}


@pytest.mark.parametrize(
    ("tensors", "plain"),
    [
        ({}, False),
        (of(a="BF16", b="F16", c="F32", d="F64"), True),
        (of(a="BF16", mask="BOOL", position_ids="I64"), True),
        ({**of(a="BF16"), **{"h.0.attn.bias": Tensor(dtype="U8", shape=(1,))}}, True),
        (of(a="BF16", b="U8"), False),
        (of(a="F8_E4M3"), False),
    ],
)
def test_whether_nothing_is_quantized(tensors: dict[str, Tensor], plain: bool) -> None:
    """Masks and positions, which older releases saved, are no weights."""
    assert is_plain(tensors) is plain
