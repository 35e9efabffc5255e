"""LORA002."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.rules.lora.judging import messages, outcome


def test_what_is_no_json_object():
    for text, told in {"{'r': 8}": "not JSON", "": "empty", "[]": "a list"}.items():
        draft = lora()
        draft.config = text
        (message,) = messages("LORA002", draft)
        assert told in message


def test_a_pointer_of_git_lfs():
    draft = lora()
    draft.config = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 900\n"
    assert "Git LFS pointer" in messages("LORA002", draft)[0]


def test_a_whole_adapter():
    assert messages("LORA002", lora()) == []


def test_the_other_rules_leave_it_to_this_one():
    draft = lora()
    draft.config = "{"
    assert outcome("LORA008", draft).verdict is Verdict.NOT_APPLICABLE


def test_a_config_that_is_not_there_is_told_elsewhere():
    draft = lora()
    draft.config = None
    assert messages("LORA002", draft) == []
