from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Verdict
from tests import models
from tests.rules.model.folders import judge, judge_defect, judge_folder


@pytest.mark.parametrize("name", ["../x.safetensors", "/etc/passwd", "sub/x.safetensors", "..", "a\\b", ""])
def test_names_the_path(tmp_path: Path, name: str):
    folder = models.llama().write(tmp_path)
    models.write_index(folder, {"lm_head.weight": name}, 1)
    (problem,) = judge_folder("MODEL047", folder).problems
    assert name in problem.message


def test_healthy_and_not_applicable():
    assert judge_defect("MODEL047", "M001").verdict is Verdict.HEALTHY
    assert judge("MODEL047").verdict is Verdict.NOT_APPLICABLE
