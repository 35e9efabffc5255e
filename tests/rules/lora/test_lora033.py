"""LORA033."""

from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.adapters import lora
from tests.rules.lora.judging import messages, outcome


def test_no_prefix():
    (message,) = messages("LORA033", lora().rename("base_model.model.", ""))
    assert "28 of its tensors do not begin with base_model.model. (model.layers.0" in message


def test_releases_that_misread_such_names():
    for vllm, severity in (("0.8.4", Severity.ERROR), ("0.8.5", Severity.WARNING), (None, Severity.WARNING)):
        (problem,) = outcome("LORA033", lora().rename("base_model.model.", ""), vllm=vllm).problems
        assert problem.severity is severity


def test_a_release_that_the_matrix_does_not_know():
    assert outcome("LORA033", lora().rename("base_model.model.", ""), vllm="9.9.9").verdict is Verdict.UNKNOWN


def test_the_prefix():
    assert messages("LORA033", lora()) == []
