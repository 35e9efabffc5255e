from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import OLD, judge_defect, with_versions


@pytest.mark.parametrize(
    ("version", "severity", "said"),
    [
        ("4.57.6", Severity.ERROR, "stops at"),
        ("4.47.0", Severity.ERROR, "stops at"),
        ("4.44.2", Severity.WARNING, "ignores"),
    ],
)
def test_depends_on_the_release(version: str, severity: Severity, said: str):
    found = judge_defect("MODEL058", "M209", distributions=with_versions(transformers=version))
    assert [found.severity_of(problem) for problem in found.problems] == [severity]
    assert found.problems[0].message.endswith(said)


def test_healthy_and_not_applicable():
    assert judge_defect("MODEL058", "M209").verdict is Verdict.HEALTHY
    first = with_versions(transformers="5.0.0")
    assert judge_defect("MODEL058", "M209", distributions=first).verdict is Verdict.HEALTHY
    assert judge_defect("MODEL058", "M209b", distributions=OLD).verdict is Verdict.HEALTHY
    assert judge_defect("MODEL058", "M209", distributions=()).verdict is Verdict.NOT_APPLICABLE
