"""LORA042."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.rules.lora.judging import messages, outcome


def test_two_bases():
    found = outcome("LORA042", lora(), lora(base_model_name_or_path="Qwen/Qwen3-8B"))
    assert [problem.subject for problem in found.problems] == ["/adapters/1"]


def test_one_base_under_two_names():
    assert messages("LORA042", lora(), lora(base_model_name_or_path="unsloth/Llama-3.2-1B-bnb-4bit")) == []


def test_one_adapter():
    assert outcome("LORA042", lora()).verdict is Verdict.NOT_APPLICABLE


def test_an_adapter_that_names_no_base_is_not_compared():
    for name in (None, "", 5):
        found = outcome("LORA042", lora(base_model_name_or_path=name), lora())
        assert found.verdict is Verdict.NOT_APPLICABLE
