from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import judge, judge_defect


@pytest.mark.parametrize(("number", "words"), [("M143e", "not JSON"), ("M143c", "no entry metadata")])
def test_says_what_is_wrong(number: str, words: str):
    assert words in judge_defect("MODEL046", number).problems[0].message


def test_healthy_and_not_applicable():
    assert judge_defect("MODEL046", "M001").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL046", "M143d").verdict is Verdict.HEALTHY
    assert judge("MODEL046").verdict is Verdict.NOT_APPLICABLE
