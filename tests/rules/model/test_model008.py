from __future__ import annotations

from typing import Any

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import judge, judge_defect, put


def test_a_bare_model_is_a_warning():
    found = judge_defect("MODEL008", "M110")
    assert found.severity is Severity.WARNING
    assert "LlamaModel has no head" in found.problems[0].message


def test_healthy_and_not_applicable():
    assert judge("MODEL008").verdict is Verdict.HEALTHY
    assert judge("MODEL008", put(model_type="bert", architectures=["BertModel"])).verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("named", [None, "LlamaModel", {"LlamaModel": 1}, []])
def test_what_names_no_architecture_is_told_elsewhere(named: Any):
    assert judge("MODEL008", put(architectures=named)).verdict is Verdict.NOT_APPLICABLE


def test_an_architecture_that_is_no_name_is_told_elsewhere():
    assert judge("MODEL008", put(architectures=[3])).verdict is Verdict.HEALTHY
