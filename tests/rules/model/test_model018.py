from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import judge, judge_defect, put, with_versions


def test_empty_is_an_error():
    found = judge_defect("MODEL018", "M165")
    assert found.severity_of(found.problems[0]) is Severity.ERROR


@pytest.mark.parametrize(("version", "severity"), [("4.57.6", Severity.ERROR), ("5.19.0", Severity.WARNING)])
def test_null_is_read_by_transformers_5(version: str, severity: Severity):
    found = judge("MODEL018", put(quantization_config=None), distributions=with_versions(transformers=version))
    assert [found.severity_of(problem) for problem in found.problems] == [severity]


def test_healthy():
    assert judge("MODEL018").verdict is Verdict.HEALTHY
    assert judge("MODEL018", put(quantization_config={"quant_method": "awq"})).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("versions", [{}, {"transformers": "5.0.0"}])
def test_null_is_a_warning_where_no_transformers_4_is_known(versions: dict[str, str]):
    found = judge("MODEL018", put(quantization_config=None), distributions=with_versions(**versions))
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]
