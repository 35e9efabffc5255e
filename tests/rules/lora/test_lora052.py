"""LORA052."""

from __future__ import annotations

from tests.adapters import Draft, lora
from tests.rules.lora.judging import messages


def held(name: str) -> Draft:
    draft = lora()
    draft.tensors = None
    draft.files = {name: b"\x80"}
    return draft


def test_a_torch_file_is_read_since_0_10_2():
    assert len(messages("LORA052", held("adapter_model.pt"), vllm="0.10.1.1")) == 1
    assert messages("LORA052", held("adapter_model.pt"), vllm="0.10.2") == []


def test_what_all_read():
    assert messages("LORA052", held("adapter_model.bin"), vllm="0.5.5") == []
    assert messages("LORA052", lora(), vllm="0.5.5") == []
