"""LORA038."""

from __future__ import annotations

from doctor.core.report import Severity
from tests.adapters import Draft, lora
from tests.models import Stored
from tests.rules.lora.judging import outcome


def draft_of(dtype: str) -> Draft:
    draft = lora()
    draft.tensors = {name: Stored(dtype, tensor.shape) for name, tensor in draft.tensors.items()}
    return draft


def test_integers():
    found = outcome("LORA038", draft_of("I8"))
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.ERROR]
    assert "28 of its tensors are of the type I8" in found.problems[0].message
    assert found.problems[0].remedies[0].text.startswith("Save it again in 16 bit")


def test_32_bit_is_a_note():
    for dtype in ("F32", "F64"):
        found = outcome("LORA038", draft_of(dtype))
        assert [found.severity_of(problem) for problem in found.problems] == [Severity.INFO]
        assert found.problems[0].remedies[0].text.startswith("Nothing needs to be done")


def test_16_bit():
    for dtype in ("BF16", "F16"):
        assert outcome("LORA038", draft_of(dtype)).problems == ()
