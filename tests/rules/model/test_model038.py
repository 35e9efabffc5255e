from __future__ import annotations

from pathlib import Path

from doctor.core.report import Verdict
from tests import models
from tests.rules.model.folders import judge_defect, judge_folder


def test_names_the_link_and_its_target():
    (problem,) = judge_defect("MODEL038", "M135").problems
    assert problem.subject == "model.safetensors"
    assert "../../blobs/" in problem.message


def test_a_link_that_leads_somewhere_is_healthy(tmp_path: Path):
    folder = models.llama().write(tmp_path / "m")
    (folder / "model.safetensors").rename(tmp_path / "blob")
    (folder / "model.safetensors").symlink_to("../blob")
    assert judge_folder("MODEL038", folder).verdict is Verdict.HEALTHY
