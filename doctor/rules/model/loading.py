"""Which files of a folder transformers reads, and which vLLM: they do not agree."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable

from packaging.version import Version

from doctor.core.artifact.folder import FileKind
from doctor.core.artifact.model import ModelFolder, WeightIndex

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
SHARD = re.compile(r"model-(\d{5})-of-(\d{5})\.safetensors")
CONSOLIDATED = "consolidated*.safetensors"
MISTRAL_FIRST = Version("0.12.0")
"""From this vLLM on the load format ``auto`` takes files in Mistral's own form where there are some."""


def indexed_files(index: WeightIndex | None) -> frozenset[str]:
    """The files that an index names."""
    return frozenset() if index is None else frozenset(item.file for item in index.files)


def consolidated(names: Iterable[str]) -> tuple[str, ...]:
    """The files in Mistral's own form."""
    return tuple(fnmatch.filter(names, CONSOLIDATED))


def read_by_vllm(names: tuple[str, ...], index: WeightIndex | None, version: Version | None) -> tuple[str, ...]:
    """The safetensors files that vLLM reads, of those named `names`; no version stands for a new one.

    After `DefaultModelLoader._prepare_weights`: Mistral's files alone where there are some; else
    those that the index names, also beside a ``model.safetensors``; else all.
    """
    mistral = consolidated(names)
    if mistral and (version is None or version >= MISTRAL_FIRST):
        return mistral
    if index is None:
        return names
    return tuple(sorted(indexed_files(index)))


def read_by_transformers(names: tuple[str, ...], index: WeightIndex | None) -> tuple[str, ...]:
    """The safetensors files that transformers reads: one of the standard name, else those of the index."""
    if SINGLE in names:
        return (SINGLE,)
    return tuple(sorted(indexed_files(index)))


def safetensors(folder: ModelFolder) -> tuple[str, ...]:
    """The names of the safetensors files of the model itself, pointers in their place included."""
    names = folder.names(FileKind.SAFETENSORS, FileKind.LFS_POINTER, FileKind.DANGLING_LINK)
    return tuple(name for name in names if name.endswith(".safetensors") and not name.startswith("adapter_model."))


def pickled(folder: ModelFolder) -> tuple[str, ...]:
    """The names of the pickles of weights, without those that a trainer leaves."""
    return tuple(name for name in folder.names(FileKind.PICKLE) if not name.startswith((*_TRAINER, "adapter_model.")))


_TRAINER = ("training_args", "optimizer", "scheduler", "scaler", "rng_state")
"""Beginnings of the names of pickles that hold no weights; vLLM skips the same
(`filter_files_not_needed_for_inference`)."""


def weight_files(folder: ModelFolder) -> tuple[str, ...]:
    """The names of all files of weights."""
    return safetensors(folder) + pickled(folder)


def numbered(names: Iterable[str]) -> set[str]:
    """The shards that belong to those named, by the count in their names (``of-00004``), at most 10,000."""
    counts = {match[2] for name in names if (match := SHARD.fullmatch(name))}
    return {
        f"model-{number:05d}-of-{count}.safetensors"
        for count in counts
        for number in range(1, min(int(count), 10_000) + 1)
    }


def leaves_folder(name: str) -> bool:
    """Whether a name of an index leads out of its folder, or into one below it."""
    return "/" in name or "\\" in name or name in ("", ".", "..")
