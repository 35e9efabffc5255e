from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from doctor.rules.model.model061_chat_template_conflict import _READS_FILE
from tests.rules.model.folders import OLD, judge, judge_defect, with_versions


def test_two_templates():
    assert "differs from" in judge_defect("MODEL061", "M207b").problems[0].message


def test_a_file_that_old_releases_do_not_read():
    change = lambda draft: draft.tokenizer_config.pop("chat_template")  # noqa: E731
    assert "transformers 4.44.2 does not read" in judge("MODEL061", change, distributions=OLD).problems[0].message
    assert judge("MODEL061", change).verdict is Verdict.HEALTHY


def test_healthy():
    assert judge("MODEL061").verdict is Verdict.HEALTHY
    assert judge("MODEL061", distributions=OLD).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("versions", [{}, {"transformers": str(_READS_FILE)}])
def test_the_first_release_that_reads_the_file_and_none_at_all(versions: dict[str, str]):
    change = lambda draft: draft.tokenizer_config.pop("chat_template")  # noqa: E731
    assert judge("MODEL061", change, distributions=with_versions(**versions)).verdict is Verdict.HEALTHY
