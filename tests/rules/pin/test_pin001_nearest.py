"""PIN001: a vLLM that no set is of, and what is near to it."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.report import Verdict
from tests.facts import judge
from tests.rules.pin.stacks import CUDA_STACK, stack


@pytest.mark.parametrize("version", ["0.5.4", "0.5.5+cu118", "0.6.3.dev173+g1234567", "no version"])
def test_a_vllm_without_a_set_is_undetermined_and_names_the_nearest(matrix, version):
    outcome = judge("PIN001", stack(CUDA_STACK, vllm=version), matrix)
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reasons == (
        f"no proven set for vllm {version}; the nearest is cuda-set (`doctor matrix show cuda-set`)",
    )


@pytest.mark.parametrize(("version", "near"), [("0.5.3", "vllm-0.5.5"), ("0.31.0", "vllm-0.32.0")])
def test_the_nearest_set_is_the_one_of_the_nearest_version(matrix, version, near):
    [cuda, *_] = matrix.sets
    rows = [
        dataclasses.replace(cuda, name=f"vllm-{pin}", pins={**cuda.pins, "vllm": pin}) for pin in ("0.32.0", "0.5.5")
    ]
    outcome = judge("PIN001", stack(CUDA_STACK, vllm=version), dataclasses.replace(matrix, sets=tuple(rows)))
    assert f"the nearest is {near} " in outcome.reasons[0]


def test_no_set_is_near_to_a_release_that_came_after_the_matrix(matrix):
    newer = dataclasses.replace(matrix, newest={"vllm": "0.33.0"})
    (reason,) = judge("PIN001", stack(CUDA_STACK, vllm="99.0"), newer).reasons
    assert "newer than the newest that the matrix" in reason and "(0.33.0)" in reason and "nearest" not in reason
    known = dataclasses.replace(matrix, newest={"vllm": "0.33.0"})
    (reason,) = judge("PIN001", stack(CUDA_STACK, vllm="0.33.0"), known).reasons
    assert "newer" not in reason


def test_an_empty_matrix_is_undetermined():
    assert judge("PIN001", stack(CUDA_STACK)).verdict is Verdict.UNKNOWN


def test_a_release_that_came_after_the_matrix_has_no_set_near_it(shipped):
    outcome = judge("PIN001", stack(CUDA_STACK, vllm="99.0"), shipped)
    assert outcome.verdict is Verdict.UNKNOWN
    assert "it is newer than the newest that the matrix" in outcome.reasons[0]
    assert "doctor matrix show" in judge("PIN001", stack(CUDA_STACK, vllm="0.5.4"), shipped).reasons[0]
