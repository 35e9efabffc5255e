from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import judge, judge_defect


@pytest.mark.parametrize("number", ["M159", "M159b"])
def test_names_what_was_not_merged(number: str):
    (problem,) = judge_defect("MODEL052", number).problems
    assert "base_layer" in problem.message


def test_healthy():
    assert judge("MODEL052").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL052", "M158").verdict is Verdict.HEALTHY
