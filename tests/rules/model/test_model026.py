from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.rules.model.folders import judge_defect


def test_a_tensor_without_a_place_is_an_error():
    (problem,) = judge_defect("MODEL026", "M169").problems
    assert problem.message.startswith("model.layers.0.self_attn.foo.weight has no place")


def test_more_layers_than_the_config_states():
    assert "model.layers.1" in judge_defect("MODEL026", "M153").problems[0].message


def test_biases_are_dropped_without_a_word():
    found = judge_defect("MODEL026", "M170")
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


def test_healthy_and_told_elsewhere():
    for number in ("M000", "M002", "M120", "M168", "M159", "M163"):
        assert judge_defect("MODEL026", number).verdict is Verdict.HEALTHY, number
