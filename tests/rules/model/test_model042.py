from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import judge_defect


def test_shards_without_an_index():
    (problem,) = judge_defect("MODEL042", "M141").problems
    assert problem.message.startswith("there are 6 shards and no index")


@pytest.mark.parametrize("number", ["M000", "M001", "M145", "M143e"])
def test_healthy(number: str):
    assert judge_defect("MODEL042", number).verdict is Verdict.HEALTHY
