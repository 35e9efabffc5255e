from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import judge, judge_defect, put


@pytest.mark.parametrize(
    ("number", "words"), [("M121", "says that it is not tied"), ("M122b", "does not say that it is tied")]
)
def test_a_head_that_is_nowhere(number: str, words: str):
    found = judge_defect("MODEL015", number)
    assert found.severity is Severity.ERROR
    assert words in found.problems[0].message


def test_healthy():
    for number in ("M000", "M001", "M002", "M122"):
        assert judge_defect("MODEL015", number).verdict is Verdict.HEALTHY


def test_undetermined_for_a_type_without_a_formula():
    found = judge("MODEL015", put(model_type="gpt_oss"))
    assert found.verdict is Verdict.UNKNOWN
    assert "gpt_oss" in found.reasons[0]
