from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from doctor.rules.model.model068_sampling_defaults import _USES
from tests.rules.model.folders import OLD, judge, judge_defect, with_versions


def test_says_what_vllm_takes():
    found = judge_defect("MODEL068", "M194")
    assert found.severity is Severity.INFO
    assert "temperature 0.6 and top_p 0.9" in found.problems[0].message


def test_old_releases_do_not():
    assert judge_defect("MODEL068", "M194", distributions=OLD).verdict is Verdict.HEALTHY
    assert judge("MODEL068").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL068", "M190").verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("versions", [{}, {"vllm": str(_USES)}])
def test_the_first_release_that_does_and_none_at_all(versions):
    assert judge_defect("MODEL068", "M194", distributions=with_versions(**versions)).verdict is Verdict.PROBLEM
