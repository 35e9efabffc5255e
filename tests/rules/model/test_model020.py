from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from doctor.rules.model.model020_rope_of_newer_transformers import _READS_PARAMETERS, _WRITES_PARAMETERS
from tests.models import Draft
from tests.rules.model.folders import OLD, judge, put, with_versions

NEW = {"rope_parameters": {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0}}


def change(draft: Draft) -> None:
    draft.config = {name: value for name, value in draft.config.items() if not name.startswith("rope_")} | NEW


@pytest.mark.parametrize(
    ("versions", "reader"),
    [
        ({"transformers": "4.57.6"}, "transformers 4.57.6 does"),
        ({"vllm": "0.11.0"}, "vLLM 0.11.0 does"),
        ({"vllm": "0.5.5", "transformers": "4.44.2"}, "transformers 4.44.2 and vLLM 0.5.5 do"),
    ],
)
def test_what_old_releases_do_not_see(versions: dict[str, str], reader: str):
    found = judge("MODEL020", change, distributions=with_versions(**versions))
    assert found.severity is Severity.ERROR
    message = found.problems[0].message
    assert message == f"the base 500000.0 and the scaling llama3 stand in rope_parameters only, where {reader} not look"


def test_new_releases_read_it():
    assert judge("MODEL020", change).verdict is Verdict.HEALTHY


def test_both_spellings_are_read_by_all():
    assert judge("MODEL020", distributions=OLD).verdict is Verdict.HEALTHY
    both = put(**NEW, rope_theta=500000.0, rope_scaling={"rope_type": "llama3", "factor": 8.0})
    assert judge("MODEL020", both, distributions=OLD).verdict is Verdict.HEALTHY


def test_a_base_for_each_kind_of_layer():
    kinds = {"rope_parameters": {"full_attention": {"rope_theta": 1e6}, "sliding_attention": {"rope_theta": 1e4}}}
    layers = lambda draft: draft.config.pop("rope_theta") and draft.config.update(kinds)  # noqa: E731
    assert judge("MODEL020", layers, distributions=OLD).verdict is Verdict.PROBLEM


def test_not_applicable_without_a_reader():
    assert judge("MODEL020", change, distributions=()).verdict is Verdict.NOT_APPLICABLE


def test_the_first_releases_that_read_it():
    first = with_versions(transformers=str(_WRITES_PARAMETERS), vllm=str(_READS_PARAMETERS))
    assert judge("MODEL020", change, distributions=first).verdict is Verdict.HEALTHY


def test_one_value_is_one():
    one = lambda draft: draft.config.pop("rope_theta") and draft.config.update(rope_parameters={"rope_theta": 5e5})  # noqa: E731
    (problem,) = judge("MODEL020", one, distributions=with_versions(vllm="0.11.0")).problems
    assert problem.message.startswith("the base 500000.0 stands in rope_parameters only")
