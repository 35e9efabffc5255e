from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.models import folder_of, llama
from tests.rules.model.folders import judge_defect


def test_a_template_is_copied_from_the_base():
    (problem,) = judge_defect("MODEL059", "M206", base=folder_of(llama(), "/models/base")).problems
    assert problem.remedies[0].commands[0][-2] == "/models/base/chat_template.jinja"


@pytest.mark.parametrize("number", ["M000", "M207", "M207b"])
def test_healthy(number: str):
    assert judge_defect("MODEL059", number).verdict is Verdict.HEALTHY
