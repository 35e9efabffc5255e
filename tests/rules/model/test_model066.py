from __future__ import annotations

from doctor.core.report import Verdict
from tests.models import Draft
from tests.rules.model.folders import judge


def change(draft: Draft) -> None:
    draft.template = draft.tokenizer_config["chat_template"] = "{{ messages[0] }}<|im_end|>"
    flags = draft.tokenizer["added_tokens"][0]
    draft.tokenizer["added_tokens"].append({**flags, "id": 270, "content": "<|im_end|>"})


def test_a_turn_that_ends_no_answer():
    (problem,) = judge("MODEL066", change).problems
    assert "<|im_end|> (270)" in problem.message


def test_healthy_where_it_is_listed():
    def listed(draft: Draft) -> None:
        change(draft)
        draft.generation_config["eos_token_id"] = [2, 270]

    assert judge("MODEL066", listed).verdict is Verdict.HEALTHY


def test_healthy_where_a_model_of_parts_lists_it():
    def inside(draft: Draft) -> None:
        change(draft)
        draft.config["text_config"] = {"eos_token_id": 270}

    assert judge("MODEL066", inside).verdict is Verdict.HEALTHY


def test_healthy_where_the_tokenizer_ends_with_it():
    def ends(draft: Draft) -> None:
        change(draft)
        draft.tokenizer_config["eos_token"] = "<|im_end|>"

    assert judge("MODEL066", ends).verdict is Verdict.HEALTHY
    assert judge("MODEL066").verdict is Verdict.HEALTHY


def test_a_token_that_only_one_of_the_two_knows_ends_no_turn():
    def written(draft: Draft) -> None:
        change(draft)
        draft.tokenizer["added_tokens"].pop()

    assert judge("MODEL066", written).verdict is Verdict.HEALTHY

    def known(draft: Draft) -> None:
        change(draft)
        draft.template = draft.tokenizer_config["chat_template"] = "{{ messages[0] }}"

    assert judge("MODEL066", known).verdict is Verdict.HEALTHY


def test_one_of_two_templates_and_one_of_two_ends():
    def second(draft: Draft) -> None:
        change(draft)
        draft.tokenizer_config["chat_template"] = "{{ messages[0] }}"

    assert judge("MODEL066", second).verdict is Verdict.PROBLEM

    def two(draft: Draft) -> None:
        change(draft)
        flags = draft.tokenizer["added_tokens"][0]
        draft.tokenizer["added_tokens"].append({**flags, "id": 271, "content": "<|eot_id|>"})
        draft.template = draft.tokenizer_config["chat_template"] = "<|im_end|><|eot_id|>"
        draft.generation_config["eos_token_id"] = [2, 271]

    assert judge("MODEL066", two).verdict is Verdict.HEALTHY
