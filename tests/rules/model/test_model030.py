from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from tests.models import Draft
from tests.rules.model.folders import judge, judge_defect, put


@pytest.mark.parametrize("name", ["bos_token_id", "eos_token_id", "pad_token_id"])
def test_in_both_files(name: str):
    def change(draft: Draft) -> None:
        draft.config[name] = draft.generation_config[name] = [2, 400]

    found = judge("MODEL030", change)
    assert [problem.subject for problem in found.problems] == ["config.json", "generation_config.json"]
    assert f"{name} is 400" in found.problems[0].message


def test_only_a_padding_beyond_the_embedding_stops_it():
    found = judge_defect("MODEL030", "M197")
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.ERROR]
    below = judge_defect("MODEL030", "M197b")
    assert [below.severity_of(problem) for problem in below.problems] == [Severity.WARNING]


def test_healthy_and_not_applicable():
    assert judge("MODEL030").verdict is Verdict.HEALTHY
    assert judge_defect("MODEL030", "M190").verdict is Verdict.HEALTHY
    for size in (None, "320", True):
        assert judge("MODEL030", put(vocab_size=size)).verdict is Verdict.NOT_APPLICABLE


def test_a_vocabulary_that_is_not_stated_is_that_of_the_class():
    def change(draft: Draft, number: int) -> None:
        del draft.config["vocab_size"]
        draft.config["bos_token_id"] = number

    assert judge("MODEL030", lambda draft: change(draft, 31999)).verdict is Verdict.HEALTHY
    (problem,) = judge("MODEL030", lambda draft: change(draft, 32000)).problems
    assert problem.message == "bos_token_id is 32000, and the vocabulary has 32000 tokens"


def test_a_model_for_speech_has_two():
    """The vocab_size of CSM counts codes of sound."""
    assert judge("MODEL030", put(vocab_size=2, text_vocab_size=320)).verdict is Verdict.HEALTHY
    assert judge("MODEL030", put(vocab_size=2)).verdict is Verdict.PROBLEM


def test_another_token_beyond_the_embedding_and_a_padding_of_the_other_file_stop_nothing():
    def change(draft: Draft) -> None:
        draft.config["bos_token_id"] = draft.generation_config["pad_token_id"] = 400

    found = judge("MODEL030", change)
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING] * 2
