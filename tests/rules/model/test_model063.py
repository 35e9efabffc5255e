from __future__ import annotations

from doctor.core.report import Verdict
from tests.rules.model.folders import judge


def test_says_both_ids():
    decoder = {"2": {"content": "<s>"}, "1": {"content": "</s>"}}
    change = lambda draft: draft.tokenizer_config.update(added_tokens_decoder=decoder)  # noqa: E731
    (problem,) = judge("MODEL063", change).problems
    assert "<s> has the id 1 in tokenizer.json and 2 in tokenizer_config.json" in problem.message


def test_healthy():
    decoder = {"1": {"content": "<s>"}}
    change = lambda draft: draft.tokenizer_config.update(added_tokens_decoder=decoder)  # noqa: E731
    assert judge("MODEL063", change).verdict is Verdict.HEALTHY


def test_two_of_many_are_shown():
    decoder = {
        str(number): {"content": word} for number, word in enumerate(("</s>", "<s>", "<pad>", "<|user|>"), start=5)
    }
    change = lambda draft: draft.tokenizer_config.update(added_tokens_decoder=decoder)  # noqa: E731
    (problem,) = judge("MODEL063", change).problems
    assert problem.message.count(" in tokenizer.json and ") == 2
    assert problem.message.endswith(" and 2 more")
