from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.models import Stored
from tests.rules.model.folders import judge, judge_defect


@pytest.mark.parametrize("number", ["M159", "M159b"])
def test_names_what_was_not_merged(number: str):
    (problem,) = judge_defect("MODEL052", number).problems
    assert "base_layer" in problem.message
    assert problem.message.endswith("belong to an adapter that was not merged")


def test_one_tensor_is_one():
    name = "model.layers.0.mlp.up_proj.lora_A.weight"
    (problem,) = judge("MODEL052", lambda draft: draft.tensors.update({name: Stored("BF16", (4, 4))})).problems
    assert problem.message == f"{name} belongs to an adapter that was not merged"


def test_healthy():
    assert judge("MODEL052").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL052", "M158").verdict is Verdict.HEALTHY
