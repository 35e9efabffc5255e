"""Reading adapter folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.folder import Artifacts
from doctor.core.fact import Absent, Known, Reason, Unknown
from doctor.core.target import Target
from doctor.probes.adapter.folder import find_adapters, read_adapter
from tests.adapters import lora
from tests.facts import interpreter
from tests.models import Stored, write_json
from tests.tokenizers import tokenizer_json


def test_a_whole_folder(tmp_path: Path):
    folder = read_adapter(str(lora().write(tmp_path)))
    assert folder.config.value.value["r"] == 8
    tensors = folder.weights.value.tensors()
    assert len(tensors) == 28
    assert tensors["base_model.model.model.layers.1.mlp.up_proj.lora_B.weight"].shape == (128, 8)
    assert folder.names() == ("adapter_config.json", "adapter_model.safetensors")
    assert isinstance(folder.tokenizer, Absent)
    assert isinstance(folder.values, Absent)
    assert not folder.base_is_here


def test_an_empty_folder(tmp_path: Path):
    folder = read_adapter(str(tmp_path), deep=True)
    assert isinstance(folder.config, Absent)
    assert isinstance(folder.weights, Absent)
    assert isinstance(folder.values, Absent)


def test_the_values_are_read_when_they_are_asked_for(tmp_path: Path):
    draft = lora(modules=("q_proj",))
    zero, *_, nan = draft.tensors
    draft.tensors[zero] = Stored("BF16", (8, 64))
    draft.tensors[nan] = Stored("BF16", (1, 2), b"\x00\x00\x80\xff")
    values = read_adapter(str(draft.write(tmp_path)), deep=True).values.value
    assert values.zero == (zero,)
    assert values.not_finite == (nan,)


def test_damaged_weights_cannot_be_scanned(tmp_path: Path):
    path = lora().write(tmp_path) / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    values = read_adapter(str(tmp_path), deep=True).values
    assert isinstance(values, Unknown)
    assert values.reason is Reason.MALFORMED


def test_a_tensor_that_is_larger_than_what_is_read_at_once(tmp_path: Path):
    draft = lora(modules=("q_proj",))
    name = next(iter(draft.tensors))
    count = 5 << 20
    draft.tensors[name] = Stored("BF16", (count,), bytes(2 * count - 2) + b"\xc0\x7f")
    values = read_adapter(str(draft.write(tmp_path)), deep=True).values.value
    assert values.not_finite == (name,)
    assert values.zero == ()


def test_a_pickle_is_never_opened(tmp_path: Path):
    """A pipe under the name of a pickle would hold whoever opens it."""
    draft = lora()
    draft.tensors = None
    os.mkfifo(draft.write(tmp_path) / "adapter_model.bin")
    assert isinstance(read_adapter(str(tmp_path), deep=True).weights, Absent)


def test_a_base_that_is_a_folder_of_this_machine(tmp_path: Path):
    assert read_adapter(str(lora(base_model_name_or_path=str(tmp_path)).write(tmp_path / "a"))).base_is_here
    for name in ("x" * 5000, "a\0b", "~nobody-of-this-name/x", 7):
        draft = lora(base_model_name_or_path=name)
        assert not read_adapter(str(draft.write(tmp_path / "b"))).base_is_here


def test_the_tokenizer_beside_it(tmp_path: Path):
    write_json(lora().write(tmp_path) / "tokenizer.json", tokenizer_json())
    assert read_adapter(str(tmp_path)).tokenizer.value.largest_id == 265


def test_several_folders_are_one_fact(tmp_path: Path):
    paths = tuple(str(lora().write(tmp_path / name)) for name in "ab")
    ((key, fact),) = find_adapters(Target(interpreter=interpreter(), artifacts=Artifacts(adapters=paths)))
    assert key is ADAPTERS
    assert isinstance(fact, Known)
    assert tuple(folder.path for folder in fact.value) == paths


def test_none_was_asked_for():
    ((_, fact),) = find_adapters(Target(interpreter=interpreter()))
    assert isinstance(fact, Absent)
    assert "--adapter" in fact.detail


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path):
    (lora().write(tmp_path) / "adapter_config.json").chmod(0)
    config = read_adapter(str(tmp_path)).config
    assert isinstance(config, Unknown)
    assert config.reason is Reason.NO_PERMISSION
