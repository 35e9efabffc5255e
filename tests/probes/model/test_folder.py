from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from doctor.core.artifact.folder import Artifacts, FileKind
from doctor.core.artifact.model import BASE, MODEL, IndexedFile, ModelFolder
from doctor.core.artifact.tensors import NameGroup, merge
from doctor.core.fact import Absent, Fact, Known, Unknown
from doctor.core.snapshot import to_json
from doctor.core.target import Target
from doctor.probes.model.folder import find_base, find_model, read_folder
from tests.facts import interpreter
from tests.models import (
    TEMPLATE,
    llama,
    llama_shapes,
    tokenizer_config,
    write_index,
    write_json,
)


def value(fact: Fact[Any]) -> Any:
    assert isinstance(fact, Known)
    return fact.value


def test_a_good_folder_is_read_whole(tmp_path: Path):
    draft = llama()
    folder = read_folder(str(draft.write(tmp_path / "m")))
    assert value(folder.config).value == draft.config
    assert value(folder.generation_config).value == draft.generation_config
    assert {name: item.shape for name, item in merge(folder.known_weights()).items()} == llama_shapes(draft.config)
    assert isinstance(folder.index, Absent)
    assert isinstance(folder.adapter_config, Absent)
    assert folder.has("model.safetensors")
    assert folder.names(FileKind.SAFETENSORS) == ("model.safetensors",)


def test_the_index_is_read_by_file(tmp_path: Path):
    draft = llama()
    draft.shards = 3
    folder = read_folder(str(draft.write(tmp_path)))
    index = value(folder.index)
    assert index.damage is None
    assert index.has_metadata
    assert index.total_size == sum(tensor.size for tensor in draft.tensors.values())
    assert [item.file for item in index.files] == [item.name for item in folder.known_weights()]
    assert len(merge(folder.known_weights())) == len(draft.tensors)


def test_a_name_that_leaves_the_folder_is_told_and_not_followed(tmp_path: Path):
    secret = tmp_path / "secret.safetensors"
    secret.write_bytes(b"no header")
    draft = llama()
    folder_path = draft.write(tmp_path / "m")
    write_index(folder_path, {"a": "../secret.safetensors"}, 1)
    folder = read_folder(str(folder_path))
    expected = IndexedFile(file="../secret.safetensors", names=(NameGroup(pattern="a"),))
    assert value(folder.index).files == (expected,)
    assert [item.name for item in folder.known_weights()] == ["model.safetensors"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [("", "empty"), ("{", "not-json"), ("{}", "no-weight-map"), ('{"weight_map": {"a": 1}}', "no-weight-map")],
)
def test_an_index_that_is_none_says_why(tmp_path: Path, content: str, kind: str):
    write_json(tmp_path / "model.safetensors.index.json", content)
    damage = value(read_folder(str(tmp_path)).index).damage
    assert damage is not None
    assert damage.kind == kind


def test_an_index_that_names_more_files_than_any_model_has_is_none(tmp_path: Path):
    """The names of 150,000 files took six seconds of every check."""
    write_index(tmp_path, {f"tensor.{number}": f"{number}.safetensors" for number in range(10_001)}, 1)
    damage = value(read_folder(str(tmp_path)).index).damage
    assert damage.kind == "too-many-files" and "10,000" in damage.detail


@pytest.mark.parametrize(("stated", "size"), [("1e999", None), ("1.5e3", 1500), ("true", 1), ('"1"', None)])
def test_a_total_size_that_is_no_number_of_bytes_costs_nothing_else(tmp_path: Path, stated: str, size: int | None):
    content = f'{{"metadata": {{"total_size": {stated}}}, "weight_map": {{"a": "b.safetensors"}}}}'
    (tmp_path / "model.safetensors.index.json").write_text(content)
    assert value(read_folder(str(tmp_path)).index).total_size == size


def test_the_tokenizer_is_counted(tmp_path: Path):
    folder = read_folder(str(llama().write(tmp_path)))
    tokenizer = value(folder.tokenizer)
    assert (tokenizer.model, tokenizer.vocabulary, tokenizer.added, tokenizer.largest_id) == ("BPE", 263, 3, 265)
    assert (tokenizer.merges, tokenizer.merges_with_space) == ("pairs", False)
    assert tokenizer.ids == {"<pad>": 0, "<s>": 1, "</s>": 2}
    assert tokenizer.conflicts == ()


def test_merges_as_text_and_unigram(tmp_path: Path):
    draft = llama()
    draft.tokenizer["model"]["merges"] = ["h e", "l l"]
    assert value(read_folder(str(draft.write(tmp_path / "a"))).tokenizer).merges == "text"
    draft.tokenizer["model"] = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.5]]}
    tokenizer = value(read_folder(str(draft.write(tmp_path / "b"))).tokenizer)
    assert (tokenizer.model, tokenizer.vocabulary, tokenizer.merges) == ("Unigram", 2, "")


def test_ids_that_disagree_are_told(tmp_path: Path):
    draft = llama()
    draft.tokenizer_config["added_tokens_decoder"] = {"2": {"content": "<s>"}, "0": {"content": "<pad>"}}
    folder = read_folder(str(draft.write(tmp_path)))
    assert value(folder.tokenizer).conflicts == ("<s> has the id 1 in tokenizer.json and 2 in tokenizer_config.json",)
    assert "added_tokens_decoder" not in value(folder.tokenizer_config).value


@pytest.mark.parametrize(
    "content", ["{", "{}", '{"model": {"vocab": 3}}', '{"model": {"type": "BPE", "vocab": {"a": "b"}}}']
)
def test_a_tokenizer_that_is_none_says_why(tmp_path: Path, content: str):
    write_json(tmp_path / "tokenizer.json", content)
    assert value(read_folder(str(tmp_path)).tokenizer).damage is not None


def test_templates_are_found_in_both_places(tmp_path: Path):
    draft = llama()
    draft.tokenizer_config["chat_template"] = [
        {"name": "tool_use", "template": "x"},
        {"name": "default", "template": "y"},
    ]
    folder = read_folder(str(draft.write(tmp_path / "a")))
    assert value(folder.chat_templates) == {"chat_template.jinja": TEMPLATE, "tokenizer_config.json": "y"}
    draft.template, draft.tokenizer_config = None, {**tokenizer_config(), "chat_template": None}
    assert value(read_folder(str(draft.write(tmp_path / "b"))).chat_templates) == {}


def test_an_empty_folder_is_read(tmp_path: Path):
    folder = read_folder(str(tmp_path))
    assert folder.files == folder.weights == ()
    assert isinstance(folder.config, Absent)
    assert isinstance(folder.tokenizer, Absent)


def test_what_may_not_be_read_is_unknown(tmp_path: Path):
    for name in ("config.json", "tokenizer.json", "model.safetensors", "chat_template.jinja", "tokenizer_config.json"):
        os.mkfifo(tmp_path / name)
    folder = read_folder(str(tmp_path))
    found = (folder.config, folder.tokenizer, folder.chat_templates, folder.tokenizer_config, *folder.weights)
    assert all(isinstance(fact, Unknown) for fact in found)
    assert len(folder.weights) == 1


def test_a_pickle_is_listed_and_never_opened(tmp_path: Path):
    os.mkfifo(tmp_path / "pytorch_model.bin")
    (item,) = read_folder(str(tmp_path)).files
    assert item.kind is FileKind.PICKLE


def test_the_facts_of_a_large_model_stay_small(tmp_path: Path):
    """Eighty layers in two hundred shards: the table of the snapshot grows with the shards, not with the tensors."""
    draft = llama(num_hidden_layers=80)
    draft.shards = 200
    folder = read_folder(str(draft.write(tmp_path)))
    assert len(folder.known_weights()) == 200
    plain = json.dumps({name: [tensor.dtype, tensor.shape] for name, tensor in draft.tensors.items()})
    draft.shards = 1
    single = read_folder(str(draft.write(tmp_path / "single")))
    assert len(json.dumps(to_json(single.weights))) < len(plain) / 10


def test_the_probe_tells_what_was_not_asked_for():
    target = Target(interpreter=interpreter())
    for found, key, option in ((find_model(target), MODEL, "--model"), (find_base(target), BASE, "--base")):
        ((stated, fact),) = found
        assert stated is key
        assert isinstance(fact, Absent)
        assert option in fact.detail


def test_the_probe_reads_the_folder_that_was_asked_for(tmp_path: Path):
    draft = llama()
    target = Target(interpreter=interpreter(), artifacts=Artifacts(model=str(draft.write(tmp_path))))
    ((_, fact),) = find_model(target)
    assert isinstance(value(fact), ModelFolder)


def test_a_folder_that_cannot_be_listed_is_unknown(tmp_path: Path):
    target = Target(interpreter=interpreter(), artifacts=Artifacts(model=str(tmp_path / "gone")))
    ((_, fact),) = find_model(target)
    assert isinstance(fact, Unknown)
