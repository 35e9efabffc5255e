from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import OLD, judge


def test_old_releases_read_texts_only():
    found = judge("MODEL057", distributions=OLD)
    assert found.severity is Severity.ERROR
    assert "tokenizers 0.19.1" in found.problems[0].message


def test_healthy_and_not_applicable():
    texts = lambda draft: draft.tokenizer["model"].update(merges=["h e"])  # noqa: E731
    assert judge("MODEL057", texts, distributions=OLD).verdict is Verdict.HEALTHY
    assert judge("MODEL057").verdict is Verdict.HEALTHY
    assert judge("MODEL057", distributions=()).verdict is Verdict.NOT_APPLICABLE
