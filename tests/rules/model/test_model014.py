from __future__ import annotations

from doctor.core.report import Verdict
from tests.rules.model.folders import OLD, judge, judge_defect


def test_new_releases_use_it():
    found = judge_defect("MODEL014", "M120")
    assert "older releases discard it" in found.problems[0].message


def test_old_releases_discard_it():
    found = judge_defect("MODEL014", "M120", distributions=OLD)
    assert "vLLM 0.5.5 and transformers 4.44.2 discards it" in found.problems[0].message


def test_healthy():
    assert judge("MODEL014").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL014", "M002").verdict is Verdict.HEALTHY
