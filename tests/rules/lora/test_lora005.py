"""LORA005."""

from __future__ import annotations

from doctor.probes.adapter.folder import read_adapter
from tests.adapters import lora
from tests.rules.lora.judging import messages, outcome


def test_one_that_was_cut_short(tmp_path):
    path = lora().write(tmp_path) / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-10])
    found = outcome("LORA005", read_adapter(str(tmp_path)))
    assert "bytes that its header describes" in found.problems[0].message


def test_other_damage():
    contents = {b"": "empty", b"12": "too few", b"version https://git-lfs.github.com/spec/v1": "Git LFS"}
    contents[b"x" * 200] = "header"
    for content, told in contents.items():
        draft = lora()
        draft.tensors = None
        draft.files = {"adapter_model.safetensors": content}
        assert told in messages("LORA005", draft)[0]


def test_a_file_without_tensors():
    draft = lora()
    draft.tensors = {}
    assert messages("LORA005", draft) == ["its adapter_model.safetensors is damaged: it holds no tensor"]


def test_a_whole_file():
    assert messages("LORA005", lora()) == []


def test_weights_that_are_not_there_are_told_elsewhere():
    draft = lora()
    draft.tensors = None
    assert messages("LORA005", draft) == []
