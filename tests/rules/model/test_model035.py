from __future__ import annotations

from pathlib import Path

from doctor.core.report import Severity, Verdict
from tests import models
from tests.rules.model.folders import judge_defect, judge_folder


def test_pickles_alone_are_a_warning():
    found = judge_defect("MODEL035", "M138")
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


def test_beside_safetensors_they_are_a_note_and_set_aside():
    found = judge_defect("MODEL035", "M139")
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.INFO]
    (command,) = found.problems[0].remedies[0].commands
    assert command[-1].endswith("/pytorch_model.bin.unused")


def test_healthy(tmp_path: Path):
    folder = models.llama().write(tmp_path)
    (folder / "training_args.bin").write_bytes(b"x")
    assert judge_folder("MODEL035", folder).verdict is Verdict.HEALTHY
