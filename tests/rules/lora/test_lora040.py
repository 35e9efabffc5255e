"""LORA040."""

from __future__ import annotations

import dataclasses

import pytest

from tests.adapters import folder_of, lora
from tests.rules.lora.judging import messages, outcome


def test_a_folder_of_another_machine():
    for name in ("/root/train/llama", "./llama", "a/b/c", "~/models/x", "C:\\models\\x"):
        (message,) = messages("LORA040", lora(base_model_name_or_path=name))
        assert name in message


def test_no_base_at_all():
    for name in (None, ""):
        assert "names no base" in messages("LORA040", lora(base_model_name_or_path=name))[0]


def test_a_repository():
    assert messages("LORA040", lora(base_model_name_or_path="meta-llama/Llama-3.2-1B")) == []


def test_a_folder_that_is_here(tmp_path):
    assert messages("LORA040", lora(base_model_name_or_path=str(tmp_path))) == []


@pytest.mark.parametrize("draft", [lora().drop("base_model_name_or_path"), lora(base_model_name_or_path=5)])
def test_an_entry_that_is_not_there_or_is_no_text_names_no_base(draft):
    assert "names no base" in messages("LORA040", draft)[0]


def test_a_config_that_is_stated_in_part():
    stated = dataclasses.replace(folder_of(lora().drop("base_model_name_or_path")), files=())
    found = outcome("LORA040", stated, lora(base_model_name_or_path=None))
    assert found.undetermined
    assert len(found.problems) == 1
