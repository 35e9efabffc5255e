from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.models import Stored
from tests.rules.model.folders import drop, judge, judge_defect, put


@pytest.mark.parametrize("name", ["float16", "float32", "half"])
def test_says_both(name: str):
    found = judge("MODEL011", put(dtype=name, torch_dtype=name))
    word = {"half": "float16"}.get(name, name)
    assert found.problems[0].message == f"the config says {word}, and most weights are bfloat16"


def test_healthy():
    assert judge("MODEL011").verdict is Verdict.HEALTHY
    assert judge("MODEL011", drop("dtype", "torch_dtype")).verdict is Verdict.HEALTHY


def test_weights_in_float32_are_told_elsewhere():
    assert judge_defect("MODEL011", "M118").verdict is Verdict.HEALTHY


def test_weights_that_cannot_be_read_are_told_elsewhere():
    assert judge_defect("MODEL011", "M131").verdict is Verdict.NOT_APPLICABLE


def test_weights_that_are_mostly_packed_have_no_dtype_to_state():
    change = lambda draft: draft.tensors.update(packed=Stored("U8", (1 << 20,)))  # noqa: E731
    assert judge("MODEL011", change).verdict is Verdict.HEALTHY
