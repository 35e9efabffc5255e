"""LORA004."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.report import Verdict
from doctor.probes.adapter.folder import read_adapter
from tests.adapters import folder_of, lora
from tests.facts import unknown
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


def test_a_whole_adapter_and_a_folder_without_a_config():
    """Without its config LORA001 says what the folder is."""
    assert messages("LORA004", lora()) == []
    draft = lora()
    draft.config, draft.tensors = None, None
    assert messages("LORA004", draft) == []


def test_only_a_link_in_the_place_of_the_weights_is_told(tmp_path):
    draft = lora()
    draft.tensors = None
    folder = draft.write(tmp_path)
    (folder / "tokenizer.json").symlink_to("../blobs/1")
    (problem,) = outcome("LORA004", read_adapter(str(tmp_path))).problems
    assert problem.message.endswith(", and no other file of weights")
    (folder / "model.safetensors").symlink_to("../blobs/2")
    (problem,) = outcome("LORA004", read_adapter(str(tmp_path))).problems
    assert problem.message.endswith("; the weights that lie there are model.safetensors")


@pytest.mark.parametrize(
    "names",
    [
        ("a.safetensors", "b.safetensors"),
        ("adapter_model-00001-of-00002.safetensors",),
        ("a.safetensors", "config.json"),
    ],
    ids=["two", "a shard", "a model"],
)
def test_no_file_is_renamed_that_may_be_another_thing(names):
    draft = lora()
    draft.tensors = None
    draft.files = dict.fromkeys(names, b"{}")
    (problem,) = outcome("LORA004", draft).problems
    assert [remedy.commands for remedy in problem.remedies] == [()]
    assert problem.remedies[0].text.startswith("Copy it again")


def test_weights_that_may_not_be_read_leave_it_open():
    folder = dataclasses.replace(folder_of(lora()), weights=unknown())
    assert outcome("LORA004", folder).verdict is Verdict.UNKNOWN
