from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.models import Draft, Stored
from tests.rules.model.folders import judge, judge_defect


def test_says_how_much_it_is():
    found = judge_defect("MODEL012", "M118")
    assert found.severity is Severity.WARNING
    assert "float32" in found.problems[0].message
    assert "449.2 KiB in place of half" in found.problems[0].message


def test_norms_in_float32_are_usual():
    assert judge_defect("MODEL012", "M119").verdict is Verdict.HEALTHY
    assert judge("MODEL012").verdict is Verdict.HEALTHY


def test_only_what_is_in_float32_would_take_half():
    def change(draft: Draft) -> None:
        draft.tensors = {"large": Stored("F32", (1024, 1024)), "small": Stored("BF16", (1024, 512))}

    assert "float32: 4.0 MiB in place of half" in judge("MODEL012", change).problems[0].message
