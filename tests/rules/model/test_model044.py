from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import judge_defect


def test_the_old_index_is_set_aside():
    (problem,) = judge_defect("MODEL044", "M144").problems
    assert "beside a model.safetensors" in problem.message
    assert problem.remedies[0].commands[0][-1].endswith("model.safetensors.index.json.unused")


@pytest.mark.parametrize("number", ["M000", "M001", "M140", "M145b"])
def test_healthy(number: str):
    assert judge_defect("MODEL044", number).verdict is Verdict.HEALTHY
