from __future__ import annotations

from doctor.core.report import Verdict
from tests.facts import absent, unknown
from tests.models import folder_of, llama
from tests.rules.model.folders import judge, judge_defect


def test_healthy_with_a_config():
    assert judge("MODEL001").verdict is Verdict.HEALTHY


def test_weights_without_a_config_are_an_error():
    (problem,) = judge_defect("MODEL001", "M215").problems
    assert problem.subject == "config.json"
    assert "is missing" in problem.message
    assert problem.remedies[0].commands == ()


def test_it_is_copied_from_the_base():
    (problem,) = judge_defect("MODEL001", "M101", base=folder_of(llama(), "/models/base")).problems
    command = problem.remedies[0].commands[0]
    assert command[-2] == "/models/base/config.json"
    assert "--suffix=.doctor-bak" in command


def test_an_adapter_and_an_empty_folder_are_called_what_they_are():
    assert "LoRA adapter" in judge_defect("MODEL001", "M214").problems[0].message
    assert "empty" in judge_defect("MODEL001", "M213").problems[0].message


def test_undetermined_where_the_folder_is_not_known():
    assert judge("MODEL001", model=unknown()).verdict is Verdict.UNKNOWN


def test_not_applicable_where_no_folder_was_asked_for():
    found = judge("MODEL001", model=absent("not asked for"))
    assert found.verdict is Verdict.NOT_APPLICABLE


def test_a_base_that_could_not_be_read_hides_no_missing_config():
    """It could only have been copied from there."""
    found = judge_defect("MODEL001", "M101", base=unknown())
    assert [problem.subject for problem in found.problems] == ["config.json"]
    assert found.undetermined
