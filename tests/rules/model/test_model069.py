from __future__ import annotations

from typing import Any

from doctor.core.report import Severity, Verdict
from tests.facts import unknown
from tests.models import Draft, folder_of, llama
from tests.rules.model.folders import judge


def base(change: Any = None) -> Any:
    draft = llama()
    if change is not None:
        change(draft)
    return folder_of(draft, "/models/base")


def test_another_vocabulary():
    found = judge("MODEL069", base=base(lambda draft: draft.tokenizer["model"]["vocab"].update(extra=263)))
    assert found.problems[0].message == "it is BPE of 263 tokens, and BPE of 264 in the base"


def test_ids_that_moved():
    def change(draft: Draft) -> None:
        draft.tokenizer["added_tokens"][2]["id"] = 300

    assert judge("MODEL069", base=base(change)).problems[0].message == "</s> has the id 2, and 300 in the base"


def test_another_template_is_a_note():
    found = judge("MODEL069", base=base(lambda draft: setattr(draft, "template", "{{ 1 }}")))
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.INFO]


def test_healthy_and_not_applicable():
    assert judge("MODEL069", base=base()).verdict is Verdict.HEALTHY
    assert judge("MODEL069").verdict is Verdict.NOT_APPLICABLE
    assert judge("MODEL069", base=unknown()).verdict is Verdict.UNKNOWN


def test_a_tokenizer_that_cannot_be_read_is_another_rules_finding():
    broken = base(lambda draft: setattr(draft, "tokenizer", ["not", "an", "object"]))
    found = judge("MODEL069", base=broken)
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert "cannot be read, which another rule says" in found.reasons[0]


def test_an_own_tokenizer_that_cannot_be_read_a_token_of_one_and_a_template_of_one():
    broken = lambda draft: setattr(draft, "tokenizer", ["not", "an", "object"])  # noqa: E731
    assert judge("MODEL069", broken, base=base()).verdict is Verdict.NOT_APPLICABLE

    def renamed(draft: Draft) -> None:
        draft.tokenizer["added_tokens"][2]["content"] = "<end>"

    assert not any("has the id" in problem.message for problem in judge("MODEL069", base=base(renamed)).problems)

    def bare(draft: Draft) -> None:
        draft.template = None
        del draft.tokenizer_config["chat_template"]

    for ours, theirs in ((bare, None), (None, bare)):
        assert judge("MODEL069", ours, base=base(theirs)).verdict is not Verdict.PROBLEM
