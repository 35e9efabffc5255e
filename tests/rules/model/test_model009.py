from __future__ import annotations

from typing import Any

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import judge, put


@pytest.mark.parametrize("option", ["dtype", "torch_dtype"])
@pytest.mark.parametrize("value", ["bf16", "torch.bfloat16", 16, ["bfloat16"]])
def test_what_torch_does_not_have(option: str, value: Any):
    found = judge("MODEL009", put(**{option: value}))
    assert [problem.message for problem in found.problems] == [f"{option} is {value!r}, which torch does not have"]


@pytest.mark.parametrize("value", ["auto", "float16", "bfloat16", "float32", None, {"text_config": "float16"}])
def test_what_it_has(value: Any):
    assert judge("MODEL009", put(dtype=value)).verdict is Verdict.HEALTHY


def test_the_config_inside():
    found = judge("MODEL009", put(text_config={"dtype": "bf16"}))
    assert found.problems[0].message.startswith("text_config.dtype")
