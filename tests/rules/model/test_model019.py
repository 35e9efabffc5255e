from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from doctor.core.report import Cause, Verdict
from tests.facts import absent, unknown
from tests.models import Draft, Stored, folder_of, llama
from tests.rules.model.folders import judge, judge_defect, with_versions


def packed(method: str) -> Callable[[Draft], None]:
    """A model with a quantized weight and a config that names the method."""

    def change(draft: Draft) -> None:
        draft.config["quantization_config"] = {"quant_method": method}
        draft.tensors["model.layers.0.mlp.up_proj.weight"] = Stored("U8", (4096, 1))

    return change


def test_a_method_that_vllm_does_not_have():
    (problem,) = judge("MODEL019", packed("foo")).problems
    assert "method foo" in problem.message


@pytest.mark.parametrize("number", ["M164", "M167"])
def test_a_block_beside_plain_weights_is_one_fault(number: str):
    found = judge_defect("MODEL019", number)
    assert (found.verdict, found.problems) == (Verdict.NOT_APPLICABLE, ())
    assert len(judge_defect("MODEL016", number).problems) == 1


def test_weights_that_are_not_there_or_may_not_be_read_hide_no_method():
    def without(draft: Draft) -> None:
        packed("foo")(draft)
        draft.tensors, draft.shards = {}, 0

    assert len(judge("MODEL019", without).problems) == 1
    draft = llama()
    packed("foo")(draft)
    closed = dataclasses.replace(folder_of(draft), weights=(unknown(),))
    found = judge("MODEL019", model=closed)
    assert len(found.problems) == 1
    assert found.undetermined


@pytest.mark.parametrize("method", ["awq", "compressed-tensors", "compressed_tensors"])
def test_methods_that_it_has(method: str):
    environment = with_versions(vllm="0.32.0", compressed_tensors="0.14.0")
    found = judge("MODEL019", packed(method), distributions=environment)
    assert found.verdict is Verdict.HEALTHY


def test_a_package_that_is_missing_is_installed():
    change = packed("bitsandbytes")
    found = judge("MODEL019", change, vllm_registry=absent(), distributions=())
    assert found.problems[0].remedies[0].pins == ("bitsandbytes",)
    there = with_versions(bitsandbytes="0.48.0")
    assert judge("MODEL019", change, vllm_registry=absent(), distributions=there).verdict is Verdict.HEALTHY


def test_undetermined_without_the_registry():
    assert judge("MODEL019", vllm_registry=unknown()).verdict is Verdict.UNKNOWN


def test_a_method_that_vllm_does_not_have_is_a_leftover_of_the_training() -> None:
    found = judge("MODEL019", packed("foo"))
    assert found.cause_of(found.problems[0]) is Cause.QUANTIZATION_CONFIG_LEFT


def test_a_block_without_a_method_is_another_rules_matter() -> None:
    assert judge("MODEL019", packed("")).verdict is Verdict.HEALTHY
