from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.model.folders import judge, judge_defect


@pytest.mark.parametrize(
    ("number", "name", "words"),
    [
        ("M204", "tokenizer_config.json", "not JSON"),
        ("M205", "tokenizer.json", "not JSON"),
        ("M205b", "tokenizer.json", "algorithm 'Foo'"),
    ],
)
def test_names_the_file(number: str, name: str, words: str):
    (problem,) = judge_defect("MODEL054", number).problems
    assert problem.subject == name
    assert words in problem.message


def test_the_map_of_special_tokens():
    found = judge("MODEL054", lambda draft: setattr(draft, "special_tokens_map", "["))
    assert [problem.subject for problem in found.problems] == ["special_tokens_map.json"]


def test_healthy():
    assert judge("MODEL054").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL054", "M202").verdict is Verdict.HEALTHY
