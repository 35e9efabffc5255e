from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.models import Draft
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


def test_a_head_in_one_of_several_files_is_there():
    assert judge("MODEL015", lambda draft: setattr(draft, "shards", 2)).verdict is Verdict.HEALTHY


def test_names_of_another_model_are_told_elsewhere():
    """MODEL051 says that none of them is one of this model."""

    def change(draft: Draft) -> None:
        draft.tensors = {f"other.{name}": tensor for name, tensor in draft.tensors.items()}

    assert judge("MODEL015", change).verdict is Verdict.HEALTHY
