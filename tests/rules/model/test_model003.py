from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import judge, judge_defect


def test_a_type_alone_is_no_config():
    found = judge("MODEL003", lambda draft: setattr(draft, "config", {"model_type": "llama", "architectures": ["x"]}))
    assert "only architectures, model_type" in found.problems[0].message


@pytest.mark.parametrize("name", ["hidden_size", "n_embd", "text_config", "auto_map"])
def test_any_size_is_enough(name: str):
    change = lambda draft: setattr(draft, "config", {"model_type": "gpt2", name: 64})  # noqa: E731
    assert judge("MODEL003", change).verdict is Verdict.HEALTHY


def test_a_model_of_parts_states_its_sizes_in_them():
    for name, value, verdict in (
        ("encoder_config", {"hidden_size": 8}, Verdict.HEALTHY),
        ("encoder_config", None, Verdict.PROBLEM),
        ("encoder", {"hidden_size": 8}, Verdict.HEALTHY),
        ("quantization_config", {"quant_method": "awq"}, Verdict.PROBLEM),
        ("task_specific_params", {"x": {}}, Verdict.PROBLEM),
    ):
        change = lambda draft, entry={name: value}: setattr(draft, "config", {"model_type": "x", **entry})  # noqa: E731
        assert judge("MODEL003", change).verdict is verdict


def test_a_config_that_cannot_be_read_is_told_elsewhere():
    assert judge_defect("MODEL003", "M103").verdict is Verdict.NOT_APPLICABLE


def test_an_empty_config_states_nothing():
    found = judge("MODEL003", lambda draft: setattr(draft, "config", {}))
    assert "only nothing" in found.problems[0].message
