from __future__ import annotations

from typing import Any

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import drop, judge, put


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ({"rope_type": "foo"}, "of the type 'foo'"),
        ({"type": "linear"}, "linear and lacks factor"),
        ({"rope_type": "llama3", "factor": 8.0}, "lacks low_freq_factor and high_freq_factor"),
        ({"rope_type": "longrope"}, "lacks short_factor and long_factor"),
        ({"rope_type": "default", "rope_theta": "1e6"}, "rope_theta is '1e6'"),
    ],
)
@pytest.mark.parametrize("name", ["rope_scaling", "rope_parameters"])
def test_what_a_block_lacks(name: str, block: dict[str, Any], words: str):
    (problem,) = judge("MODEL022", put(**{name: block})).problems
    assert problem.message.startswith(name)
    assert words in problem.message


def test_a_base_that_is_no_number():
    assert judge("MODEL022", put(rope_theta="10000")).problems[0].message == "rope_theta is '10000', not a number"


def test_each_kind_of_layer():
    block = {"full_attention": {"rope_type": "linear"}, "sliding_attention": {"rope_type": "default"}}
    (problem,) = judge("MODEL022", put(rope_parameters=block)).problems
    assert problem.message.startswith("rope_parameters.full_attention")


@pytest.mark.parametrize("block", [None, {"rope_type": "yarn", "factor": 4.0}, {"type": "mrope", "mrope_section": [1]}])
def test_healthy(block: Any):
    assert judge("MODEL022", put(rope_scaling=block)).verdict is Verdict.HEALTHY


def test_a_base_that_is_not_stated_is_another_rules_matter():
    assert judge("MODEL022", drop("rope_theta")).verdict is Verdict.HEALTHY
