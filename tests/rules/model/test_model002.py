from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Severity, Verdict
from tests import models
from tests.rules.model.folders import judge, judge_defect, judge_folder


@pytest.mark.parametrize(
    ("number", "words"), [("M102", "empty"), ("M103", "not JSON"), ("M212", "a list"), ("M227", "Git LFS")]
)
def test_says_why_it_cannot_be_used(number: str, words: str):
    found = judge_defect("MODEL002", number)
    assert found.severity is Severity.ERROR
    assert words in found.problems[0].message


def test_healthy_and_not_applicable():
    assert judge("MODEL002").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL002", "M101").verdict is Verdict.NOT_APPLICABLE


def test_undetermined_where_it_may_not_be_read(tmp_path: Path):
    folder = models.llama().write(tmp_path)
    (folder / "config.json").unlink()
    (folder / "config.json").mkdir()
    assert judge_folder("MODEL002", folder).verdict is Verdict.UNKNOWN
