from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import OLD, judge_defect, with_versions


@pytest.mark.parametrize(("version", "severity"), [("4.57.6", Severity.ERROR), ("4.44.2", Severity.WARNING)])
def test_depends_on_the_release(version: str, severity: Severity):
    found = judge_defect("MODEL058", "M209", distributions=with_versions(transformers=version))
    assert [found.severity_of(problem) for problem in found.problems] == [severity]


def test_healthy_and_not_applicable():
    assert judge_defect("MODEL058", "M209").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL058", "M209b", distributions=OLD).verdict is Verdict.HEALTHY
    assert judge_defect("MODEL058", "M209", distributions=()).verdict is Verdict.NOT_APPLICABLE
