"""LORA043."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import Draft, folder_of, lora
from tests.models import BITS, Stored
from tests.rules.lora.judging import messages, outcome

NAN = {"F16": b"\x00\x7e", "BF16": b"\xc0\x7f", "F32": b"\x00\x00\xc0\x7f", "F64": b"\x00" * 6 + b"\xf8\x7f"}
LARGEST = {"F16": b"\xff\x7b", "BF16": b"\x7f\x7f", "F32": b"\xff\xff\x7f\x7f", "F64": b"\xff" * 6 + b"\xef\x7f"}


def draft_with(dtype: str, content: bytes) -> Draft:
    draft = lora(modules=("q_proj",))
    name = next(iter(draft.tensors))
    draft.tensors[name] = Stored(dtype, (len(content) * 8 // BITS[dtype],), content)
    return draft


def test_not_a_number():
    for dtype, value in NAN.items():
        content = bytes(len(value) * 99) + value
        (message,) = messages("LORA043", draft_with(dtype, content), deep=True)
        assert "1 of its tensors hold NaN or infinity" in message


def test_large_numbers_are_numbers():
    for dtype, value in LARGEST.items():
        assert messages("LORA043", draft_with(dtype, value * 3), deep=True) == []


def test_without_deep_nothing_is_said():
    assert outcome("LORA043", draft_with("BF16", NAN["BF16"])).verdict is Verdict.NOT_APPLICABLE


def test_one_of_several_whose_values_were_looked_at():
    broken = folder_of(draft_with("BF16", NAN["BF16"]), "/adapters/deep", deep=True)
    for drafts in ((broken, lora()), (lora(), broken)):
        assert len(messages("LORA043", *drafts)) == 1
    whole = folder_of(lora(), "/adapters/deep", deep=True)
    assert outcome("LORA043", whole, lora()).verdict is Verdict.HEALTHY
