"""LORA006."""

from __future__ import annotations

import dataclasses

from doctor.core.report import Verdict
from tests.adapters import folder_of, lora
from tests.facts import unknown
from tests.rules.lora.judging import messages, outcome


def test_a_pickle_alone():
    for name in ("adapter_model.bin", "adapter_model.pt"):
        draft = lora()
        draft.tensors = None
        draft.files = {name: b"\x80\x04cposix\nsystem\n"}
        (message,) = messages("LORA006", draft)
        assert name in message


def test_a_pickle_beside_safetensors_is_not_read():
    draft = lora()
    draft.files = {"adapter_model.bin": b"\x80"}
    assert messages("LORA006", draft) == []


def test_what_is_in_it_is_not_judged():
    draft = lora()
    draft.tensors = None
    draft.files = {"adapter_model.bin": b"\x80"}
    assert outcome("LORA012", draft).verdict is Verdict.NOT_APPLICABLE


def test_no_weights_at_all_are_another_matter():
    draft = lora()
    draft.tensors = None
    assert messages("LORA006", draft) == []


def test_weights_that_may_not_be_read_leave_it_open():
    folder = dataclasses.replace(folder_of(lora()), weights=unknown())
    assert outcome("LORA006", folder).verdict is Verdict.UNKNOWN
