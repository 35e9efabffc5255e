from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import judge, judge_defect


@pytest.mark.parametrize(
    ("number", "words"),
    [("M207", "opens {{ in line 1"), ("M207c", "is empty"), ("M207d", "does not end its for block")],
)
def test_says_what_is_wrong(number: str, words: str):
    assert words in judge_defect("MODEL060", number).problems[0].message


def test_healthy():
    assert judge("MODEL060").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL060", "M206").verdict is Verdict.HEALTHY
