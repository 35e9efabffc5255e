from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Severity, Verdict
from tests.defects import DEFECTS
from tests.models import folder_of, llama
from tests.rules.model.folders import judge_defect, judge_folder


def test_no_tokenizer_is_an_error_and_copied_from_the_base():
    (problem,) = judge_defect("MODEL053", "M202", base=folder_of(llama(), "/models/base")).problems
    assert [command[-2].rpartition("/")[2] for command in problem.remedies[0].commands] == [
        "tokenizer.json",
        "tokenizer_config.json",
        "special_tokens_map.json",
        "chat_template.jinja",
    ]
    assert judge_defect("MODEL053", "M200").severity is Severity.ERROR


def test_its_config_is_a_warning():
    found = judge_defect("MODEL053", "M201")
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


@pytest.mark.parametrize("names", [("tokenizer.model",), ("vocab.json", "merges.txt"), ("tekken.json",)])
def test_files_that_one_can_be_made_of(tmp_path: Path, names: tuple[str, ...]):
    folder = DEFECTS["M200"].write(tmp_path)
    for name in names:
        (folder / name).write_bytes(b"x")
    assert judge_folder("MODEL053", folder).verdict is Verdict.HEALTHY


@pytest.mark.parametrize("name", ["vocab.json", "merges.txt"])
def test_half_of_two_files_is_none(tmp_path: Path, name: str):
    folder = DEFECTS["M200"].write(tmp_path)
    (folder / name).write_bytes(b"x")
    assert judge_folder("MODEL053", folder).verdict is Verdict.PROBLEM
