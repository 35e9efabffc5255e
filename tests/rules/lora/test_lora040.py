"""LORA040."""

from __future__ import annotations

from tests.adapters import lora
from tests.rules.lora.judging import messages


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
