from __future__ import annotations

import pytest

from doctor.core.report import Cause, Verdict
from tests.facts import absent, unknown
from tests.rules.model.folders import judge, judge_defect, put, with_versions


def test_a_method_that_vllm_does_not_have():
    assert "method foo" in judge_defect("MODEL019", "M167").problems[0].message


@pytest.mark.parametrize("method", ["awq", "compressed-tensors", "compressed_tensors"])
def test_methods_that_it_has(method: str):
    environment = with_versions(vllm="0.32.0", compressed_tensors="0.14.0")
    found = judge("MODEL019", put(quantization_config={"quant_method": method}), distributions=environment)
    assert found.verdict is Verdict.HEALTHY


def test_a_package_that_is_missing_is_installed():
    change = put(quantization_config={"quant_method": "bitsandbytes"})
    found = judge("MODEL019", change, vllm_registry=absent(), distributions=())
    assert found.problems[0].remedies[0].pins == ("bitsandbytes",)
    there = with_versions(bitsandbytes="0.48.0")
    assert judge("MODEL019", change, vllm_registry=absent(), distributions=there).verdict is Verdict.HEALTHY


def test_undetermined_without_the_registry():
    assert judge("MODEL019", vllm_registry=unknown()).verdict is Verdict.UNKNOWN


def test_a_method_that_vllm_does_not_have_is_a_leftover_of_the_training() -> None:
    found = judge_defect("MODEL019", "M167")
    assert found.cause_of(found.problems[0]) is Cause.QUANTIZATION_CONFIG_LEFT
