"""LORA004."""

from __future__ import annotations

from doctor.probes.adapter.folder import read_adapter
from tests.adapters import lora
from tests.rules.lora.judging import messages, outcome


def test_no_weights():
    draft = lora()
    draft.tensors = None
    assert messages("LORA004", draft) == ["it has no adapter_model.safetensors, and no other file of weights"]


def test_weights_under_another_name():
    draft = lora()
    draft.tensors = None
    draft.files = {"pytorch_lora_weights.safetensors": b""}
    found = outcome("LORA004", draft)
    assert "pytorch_lora_weights.safetensors" in found.problems[0].message
    assert found.problems[0].remedies[0].commands == (
        ("cp", "/adapters/0/pytorch_lora_weights.safetensors", "/adapters/0/adapter_model.safetensors"),
    )


def test_a_link_that_leads_nowhere(tmp_path):
    draft = lora()
    draft.tensors = None
    (draft.write(tmp_path) / "adapter_model.safetensors").symlink_to("../blobs/0")
    found = outcome("LORA004", read_adapter(str(tmp_path)))
    assert "it is a link to ../blobs/0, which is not there" in found.problems[0].message


def test_a_pickle_is_another_matter():
    draft = lora()
    draft.tensors = None
    draft.files = {"adapter_model.bin": b""}
    assert messages("LORA004", draft) == []
