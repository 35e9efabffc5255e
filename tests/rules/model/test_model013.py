from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import judge, put


@pytest.mark.parametrize("model_type", ["gemma2", "gemma3_text", "glm4"])
def test_refused_in_float16(model_type: str):
    found = judge("MODEL013", put(model_type=model_type, dtype="float16", torch_dtype="float16"))
    assert found.severity is Severity.ERROR
    assert model_type in found.problems[0].message


def test_healthy_in_bfloat16_and_not_applicable_to_others():
    assert judge("MODEL013", put(model_type="gemma2")).verdict is Verdict.HEALTHY
    assert judge("MODEL013", put(dtype="float16")).verdict is Verdict.NOT_APPLICABLE
