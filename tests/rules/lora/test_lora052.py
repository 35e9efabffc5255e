"""LORA052."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import Draft, lora
from tests.rules.lora.judging import messages, outcome


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
    both = held("adapter_model.pt")
    both.files["adapter_model.bin"] = b"\x80"
    assert messages("LORA052", both, vllm="0.5.5") == []
    whole = lora()
    whole.files = {"adapter_model.pt": b"\x80"}
    assert messages("LORA052", whole, vllm="0.5.5") == []


def test_what_is_read_instead_and_from_which_release_on_is_told():
    (problem,) = outcome("LORA052", lora(), held("adapter_model.pt"), vllm="0.10.1.1").problems
    assert problem.message == (
        "its weights are adapter_model.pt, and vLLM 0.10.1.1 looks for adapter_model.safetensors or adapter_model.bin"
    )
    assert [remedy.pins for remedy in problem.remedies] == [(), ("vllm>=0.10.2",)]


def test_no_weights_at_all_are_another_matter():
    draft = lora()
    draft.tensors = None
    assert outcome("LORA052", draft, vllm="9.9.9").verdict is Verdict.HEALTHY
