from __future__ import annotations

from doctor.core.report import Verdict
from tests.models import Draft, Stored
from tests.rules.model.folders import judge, judge_defect, put


def test_embedding_and_head_agree_against_the_config():
    (problem,) = judge_defect("MODEL023", "M123").problems
    assert problem.message == (
        "vocab_size is 352, and lm_head.weight has 320 rows and model.embed_tokens.weight has 320 rows"
    )
    assert "320" in problem.remedies[0].text


def test_only_one_was_resized():
    (problem,) = judge_defect("MODEL023", "M126").problems
    assert "lm_head.weight has 320 rows" in problem.message
    assert "Resize" in problem.remedies[0].text


def test_a_size_that_is_not_stated_is_that_of_the_class():
    assert "takes 32000" in judge_defect("MODEL023", "M124b").problems[0].message


def test_a_type_without_a_formula_is_judged_too():
    assert judge("MODEL023", put(model_type="gpt_oss", vocab_size=999)).verdict is Verdict.PROBLEM
    assert judge("MODEL023", put(model_type="gpt_oss")).verdict is Verdict.HEALTHY


def test_a_size_that_nothing_states_and_an_embedding_that_is_no_matrix():
    def change(draft: Draft) -> None:
        draft.config["model_type"] = "gpt_oss"
        draft.tensors["other.embed_tokens.weight"] = Stored("BF16", (7,))
        draft.tensors["model.vision_embed_tokens.weight"] = Stored("BF16", (7, 64))  # of Fuyu
        draft.tensors["embed_tokens.weight"] = Stored("BF16", (320, 64))

    assert judge("MODEL023", change).verdict is Verdict.HEALTHY


def test_llama_3_2_vision_has_rows_to_spare_in_its_embedding():
    def change(draft: Draft, embedding: int, head: int) -> None:
        draft.config["text_config"] = {"model_type": "mllama_text_model", "vocab_size": 320}
        draft.tensors["model.language_model.embed_tokens.weight"] = Stored("BF16", (embedding, 64))
        draft.tensors["lm_head.weight"] = Stored("BF16", (head, 64))
        del draft.tensors["model.embed_tokens.weight"]

    assert judge("MODEL023", lambda draft: change(draft, 328, 320)).verdict is Verdict.HEALTHY
    assert judge("MODEL023", lambda draft: change(draft, 327, 320)).verdict is Verdict.PROBLEM
    (problem,) = judge("MODEL023", lambda draft: change(draft, 328, 328)).problems
    assert problem.message == "vocab_size is 320, and lm_head.weight has 328 rows"
    other = lambda draft: (change(draft, 328, 320), draft.config["text_config"].update(model_type="x"))  # noqa: E731
    assert judge("MODEL023", other).verdict is Verdict.PROBLEM


def test_a_size_that_nothing_states_is_not_judged():
    def unstated(draft: Draft) -> None:
        draft.config["model_type"] = "gpt_oss"
        del draft.config["vocab_size"]

    found = judge("MODEL023", unstated)
    assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())
    assert found.reasons == ("how many tokens the model has is not stated: its config has no vocab_size",)

    def without_rows(draft: Draft) -> None:
        unstated(draft)
        draft.tensors = {"model.norm.weight": Stored("BF16", (64,))}

    assert judge("MODEL023", without_rows).verdict is Verdict.HEALTHY
