from __future__ import annotations

from doctor.core.report import Verdict
from tests.rules.model.folders import judge, judge_defect


def test_both_files_are_moved():
    (problem,) = judge_defect("MODEL050", "M147").problems
    assert problem.message.startswith("adapter_config.json and adapter_model.safetensors of an adapter")
    assert len(problem.remedies[0].commands) == 2


def test_an_adapter_alone_is_told_elsewhere():
    assert judge_defect("MODEL050", "M214").verdict is Verdict.HEALTHY
    assert judge("MODEL050").verdict is Verdict.HEALTHY
