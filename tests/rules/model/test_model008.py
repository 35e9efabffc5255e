from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import judge, judge_defect, put


def test_a_bare_model_is_a_warning():
    found = judge_defect("MODEL008", "M110")
    assert found.severity is Severity.WARNING
    assert "LlamaModel has no head" in found.problems[0].message


def test_healthy_and_not_applicable():
    assert judge("MODEL008").verdict is Verdict.HEALTHY
    assert judge("MODEL008", put(model_type="bert", architectures=["BertModel"])).verdict is Verdict.NOT_APPLICABLE
