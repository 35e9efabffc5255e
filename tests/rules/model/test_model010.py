from __future__ import annotations

from doctor.core.report import Verdict
from tests.rules.model.folders import OLD, drop, judge


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
