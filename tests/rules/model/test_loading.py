"""Which files of weights vLLM and transformers read."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from packaging.version import Version

from doctor.core.artifact.folder import FileKind, FolderFile
from doctor.core.artifact.model import IndexedFile, WeightIndex
from doctor.probes.model.folder import read_folder
from doctor.rules.model.loading import (
    leaves_folder,
    numbered,
    pickled,
    read_by_transformers,
    read_by_vllm,
    safetensors,
    weight_files,
)
from tests import models

SINGLE, MISTRAL = "model.safetensors", "consolidated.safetensors"
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
INDEX = WeightIndex(
    name="model.safetensors.index.json", files=tuple(IndexedFile(file=name, names=()) for name in SHARDS[::-1])
)


@pytest.mark.parametrize(
    ("version", "read"),
    [(None, (MISTRAL,)), ("0.12.0", (MISTRAL,)), ("0.11.2", SHARDS), ("0.5.5", SHARDS)],
)
def test_files_of_mistral_come_first_since_a_release_of_vllm(version: str | None, read: tuple[str, ...]) -> None:
    names = (*SHARDS, SINGLE, MISTRAL)
    assert read_by_vllm(names, INDEX, Version(version) if version else None) == read


def test_vllm_reads_what_the_index_names_and_without_one_all() -> None:
    names = (*SHARDS, SINGLE)
    assert read_by_vllm(names, INDEX, None) == SHARDS
    assert read_by_vllm(names, None, None) == names


def test_transformers_reads_the_file_of_the_standard_name_first() -> None:
    assert read_by_transformers((*SHARDS, SINGLE), INDEX) == (SINGLE,)
    assert read_by_transformers(SHARDS, INDEX) == SHARDS
    assert read_by_transformers(SHARDS, None) == ()


def test_which_files_are_weights_of_the_model(tmp_path: Path) -> None:
    """Not those of an adapter in the folder, nor what a trainer leaves; a pointer stands for its file."""
    kinds = {
        SINGLE: FileKind.SAFETENSORS,
        SHARDS[0]: FileKind.LFS_POINTER,
        SHARDS[1]: FileKind.DANGLING_LINK,
        "adapter_model.safetensors": FileKind.SAFETENSORS,
        "tokenizer.json": FileKind.LFS_POINTER,
        "pytorch_model.bin": FileKind.PICKLE,
        "adapter_model.bin": FileKind.PICKLE,
        "optimizer.pt": FileKind.PICKLE,
        "rng_state_0.pth": FileKind.PICKLE,
    }
    files = tuple(FolderFile(name=name, kind=kind, size=1) for name, kind in kinds.items())
    folder = dataclasses.replace(read_folder(str(models.llama().write(tmp_path))), files=files)
    assert safetensors(folder) == (SINGLE, *SHARDS)
    assert pickled(folder) == ("pytorch_model.bin",)
    assert weight_files(folder) == (SINGLE, *SHARDS, "pytorch_model.bin")


def test_the_shards_that_a_name_counts() -> None:
    assert numbered([SHARDS[1], SINGLE]) == set(SHARDS)
    assert numbered([SINGLE]) == set()
    many = numbered(["model-00001-of-99999.safetensors"])
    assert len(many) == 10_000 and "model-10000-of-99999.safetensors" in many


@pytest.mark.parametrize("name", ["../x", "a/b", "a\\b", "", ".", ".."])
def test_a_name_that_leads_out_of_the_folder(name: str) -> None:
    assert leaves_folder(name)
    assert not leaves_folder(SINGLE)
