from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import judge, judge_defect


@pytest.mark.parametrize(("number", "name"), [("M134", "model.safetensors"), ("M227", "config.json")])
def test_names_the_file(number: str, name: str):
    (problem,) = judge_defect("MODEL037", number).problems
    assert problem.subject == name
    assert problem.remedies[0].commands[0][-2:] == ("lfs", "pull")


def test_healthy():
    assert judge("MODEL037").verdict is Verdict.HEALTHY
