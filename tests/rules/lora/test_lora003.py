"""LORA003."""

from __future__ import annotations

from doctor.core.report import Severity
from tests.adapters import lora
from tests.rules.lora.judging import messages, outcome


def test_another_method():
    for method in ("IA3", "PREFIX_TUNING", "ADALORA"):
        (message,) = messages("LORA003", lora(peft_type=method))
        assert repr(method) in message


def test_one_that_does_not_say():
    found = outcome("LORA003", lora().drop("peft_type"))
    assert [problem.severity for problem in found.problems] == [Severity.WARNING]


def test_a_lora():
    assert messages("LORA003", lora()) == []


def test_a_config_that_cannot_be_read_is_left_to_another_rule_and_hides_no_other():
    draft = lora()
    draft.config = "{"
    assert messages("LORA003", draft) == []
    assert len(messages("LORA003", draft, lora(peft_type="IA3"))) == 1
