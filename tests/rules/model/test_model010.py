from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from doctor.rules.model.model010_dtype_not_stated import _READS_DTYPE
from tests.rules.model.folders import OLD, drop, judge, with_versions


def test_neither_spelling():
    assert "states no dtype" in judge("MODEL010", drop("dtype", "torch_dtype")).problems[0].message


def test_the_new_spelling_beside_an_old_transformers():
    found = judge("MODEL010", drop("torch_dtype"), distributions=OLD)
    assert "transformers 4.44.2" in found.problems[0].message


def test_healthy():
    assert judge("MODEL010", drop("torch_dtype")).verdict is Verdict.HEALTHY
    assert judge("MODEL010", drop("dtype"), distributions=OLD).verdict is Verdict.HEALTHY
    change = lambda draft: setattr(draft, "config", {"text_config": {"dtype": "bfloat16"}})  # noqa: E731
    assert judge("MODEL010", change).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("versions", [{"transformers": str(_READS_DTYPE)}, {}])
def test_the_first_release_that_reads_the_new_spelling_and_none_at_all(versions):
    assert judge("MODEL010", drop("torch_dtype"), distributions=with_versions(**versions)).verdict is Verdict.HEALTHY


def test_the_old_spelling_beside_a_config_inside():
    change = lambda draft: setattr(draft, "config", {"torch_dtype": "bfloat16", "text_config": {"x": 1}})  # noqa: E731
    assert judge("MODEL010", change, distributions=OLD).verdict is Verdict.HEALTHY
