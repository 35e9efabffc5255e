from __future__ import annotations

from doctor.core.report import Verdict
from tests.models import Draft
from tests.rules.model.folders import judge, judge_defect


def test_says_both():
    (problem,) = judge_defect("MODEL065", "M208").problems
    assert problem.message == "the tokenizer ends with the token 1, and the configs with 2"


def test_a_list_that_holds_it_is_healthy():
    change = lambda draft: draft.generation_config.update(eos_token_id=[1, 2])  # noqa: E731
    assert judge("MODEL065", change).verdict is Verdict.HEALTHY
    assert judge("MODEL065").verdict is Verdict.HEALTHY


def test_without_generation_config_the_config_counts():
    assert judge(
        "MODEL065", lambda draft: (draft.config.update(eos_token_id=1), setattr(draft, "generation_config", None))
    ).problems


def test_a_model_of_parts_may_state_it_for_its_language_model():
    def change(draft: Draft, ends: object) -> None:
        draft.generation_config = None
        draft.config["text_config"] = {"eos_token_id": draft.config.pop("eos_token_id")}
        draft.config["eos_token_id"] = ends
        draft.tokenizer_config["eos_token"] = "<s>"

    (problem,) = judge("MODEL065", lambda draft: change(draft, None)).problems
    assert problem.message == "the tokenizer ends with the token 1, and the configs with 2"
    assert judge("MODEL065", lambda draft: change(draft, 1)).verdict is Verdict.HEALTHY


def test_a_tokenizer_that_names_no_end_cannot_disagree() -> None:
    def change(draft: Draft) -> None:
        draft.tokenizer_config["eos_token"] = None
        del draft.special_tokens_map["eos_token"]
        draft.generation_config["eos_token_id"] = 7

    assert judge("MODEL065", change).verdict is Verdict.HEALTHY


def test_what_generation_states_goes_before_the_config_and_nothing_stated_is_no_end():
    change = lambda draft: (draft.config.update(eos_token_id=1), draft.generation_config.update(eos_token_id=2))  # noqa: E731
    assert judge("MODEL065", change).verdict is Verdict.HEALTHY
    none = lambda draft: (draft.config.pop("eos_token_id"), draft.generation_config.pop("eos_token_id"))  # noqa: E731
    assert judge("MODEL065", none).verdict is Verdict.HEALTHY
