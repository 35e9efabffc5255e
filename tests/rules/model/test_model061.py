from __future__ import annotations

from doctor.core.report import Verdict
from tests.rules.model.folders import OLD, judge, judge_defect


def test_two_templates():
    assert "differs from" in judge_defect("MODEL061", "M207b").problems[0].message


def test_a_file_that_old_releases_do_not_read():
    change = lambda draft: draft.tokenizer_config.pop("chat_template")  # noqa: E731
    assert "transformers 4.44.2 does not read" in judge("MODEL061", change, distributions=OLD).problems[0].message
    assert judge("MODEL061", change).verdict is Verdict.HEALTHY


def test_healthy():
    assert judge("MODEL061").verdict is Verdict.HEALTHY
    assert judge("MODEL061", distributions=OLD).verdict is Verdict.HEALTHY
