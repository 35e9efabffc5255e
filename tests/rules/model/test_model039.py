from __future__ import annotations

from pathlib import Path

from doctor.core.report import Severity, Verdict
from tests import models
from tests.rules.model.folders import judge, judge_defect, judge_folder


def test_names_the_file():
    found = judge_defect("MODEL039", "M224")
    assert found.severity is Severity.WARNING
    assert "model.safetensors.incomplete" in found.problems[0].message


def test_looks_where_huggingface_hub_keeps_them(tmp_path: Path):
    folder = models.llama().write(tmp_path)
    place = folder / ".cache/huggingface/download"
    place.mkdir(parents=True)
    (place / "model.safetensors.incomplete").touch()
    assert judge_folder("MODEL039", folder).verdict is Verdict.PROBLEM


def test_healthy():
    assert judge("MODEL039").verdict is Verdict.HEALTHY
