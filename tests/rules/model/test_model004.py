from __future__ import annotations

from typing import Any

import pytest

from doctor.core.report import Verdict
from doctor.matrix.load import load_matrix
from tests.facts import EMPTY_MATRIX, absent, unknown
from tests.rules.model.folders import judge, put


def test_known_and_unknown_types():
    assert judge("MODEL004").verdict is Verdict.HEALTHY
    assert "'foo9'" in judge("MODEL004", put(model_type="foo9")).problems[0].message


def test_a_type_that_vllm_reads_itself():
    assert judge("MODEL004", put(model_type="chatglm")).verdict is Verdict.HEALTHY


def test_code_of_its_own_brings_its_own_type():
    assert judge("MODEL004", put(model_type="foo9", auto_map={"AutoConfig": "x.Y"})).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("value", [None, "", 3])
def test_a_missing_type_is_an_error_in_every_environment(value: Any):
    found = judge("MODEL004", put(model_type=value), transformers_registry=absent())
    assert "no model_type" in found.problems[0].message


def test_without_transformers_no_type_is_unknown():
    found = judge("MODEL004", put(model_type="foo9"), transformers_registry=absent(), distributions=())
    assert found.verdict is Verdict.NOT_APPLICABLE


def test_where_its_files_are_not_found_the_matrix_is_asked():
    nowhere = {"transformers_registry": absent(), "vllm_registry": absent(), "matrix": load_matrix()}
    assert judge("MODEL004", **nowhere).verdict is Verdict.HEALTHY
    assert judge("MODEL004", put(model_type="foo9"), **nowhere).verdict is Verdict.PROBLEM
    assert judge("MODEL004", **{**nowhere, "matrix": EMPTY_MATRIX}).verdict is Verdict.UNKNOWN


def test_undetermined_without_the_registry():
    assert judge("MODEL004", put(model_type="foo9"), transformers_registry=unknown()).verdict is Verdict.UNKNOWN
