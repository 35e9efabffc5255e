from __future__ import annotations

from typing import Any

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import drop, judge, judge_defect, put


def test_two_bases():
    assert (
        judge_defect("MODEL021", "M186").problems[0].message == "rope_theta is 500000.0 and 10000.0 in rope_parameters"
    )


def test_two_scalings():
    assert "linear and rope_parameters of the type default" in judge_defect("MODEL021", "M187").problems[0].message


def test_two_factors():
    both = put(
        rope_scaling={"type": "linear", "factor": 2.0},
        rope_parameters={"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0},
    )
    assert "factor differs" in judge("MODEL021", both).problems[0].message


def test_healthy():
    assert judge("MODEL021").verdict is Verdict.HEALTHY
    assert judge("MODEL021", drop("rope_parameters")).verdict is Verdict.HEALTHY
    same = {"rope_type": "linear", "factor": 2.0}
    both = put(rope_scaling={"type": "linear", "factor": 2.0}, rope_parameters={**same, "rope_theta": 10000.0})
    assert judge("MODEL021", both).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    "entries",
    [
        {"rope_theta": None, "rope_parameters": {"rope_theta": 5e5}},
        {"rope_theta": 5e5, "rope_parameters": {"rope_type": "default"}},
        {"rope_theta": 5e5, "rope_parameters": {"full_attention": {"rope_theta": 1e6}, "rope_theta": 1e4}},
        {"rope_scaling": {"type": "linear", "factor": 2.0}, "rope_parameters": {"rope_type": "linear"}},
        {"rope_scaling": {"type": "linear"}, "rope_parameters": {"rope_type": "linear", "type": "x"}},
        {"rope_parameters": [1]},
    ],
)
def test_what_stands_in_one_spelling_only_contradicts_nothing(entries: dict[str, Any]):
    assert judge("MODEL021", put(**entries)).verdict is Verdict.HEALTHY
