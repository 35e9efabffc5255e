"""The facts of a model folder and of its base model's, read with the standard library alone."""

from __future__ import annotations

from doctor.core.artifact.folder import FileKind
from doctor.core.artifact.model import BASE, MODEL, ModelFolder, not_asked_for
from doctor.core.fact import Fact, Source, SourceKind
from doctor.core.target import Facts, Probe, Target
from doctor.probes.artifact.document import read_document
from doctor.probes.artifact.listing import list_files
from doctor.probes.artifact.safetensors import read_safetensors
from doctor.probes.attempt import attempt_fact
from doctor.probes.model.index import read_index
from doctor.probes.model.tokenizer import read_templates, read_tokenizer, without_tables

MOST_CONFIG = 4 << 20
"""Bytes of a config.json that are read: one that names each of 46,000 experts as not quantized has 2 MiB."""


def find_model(target: Target) -> Facts:
    """Find the fact of the model folder."""
    return [(MODEL, _fact(target.artifacts.model, "--model"))]


def find_base(target: Target) -> Facts:
    """Find the fact of the base model's folder."""
    return [(BASE, _fact(target.artifacts.base, "--base"))]


def _fact(path: str, option: str) -> Fact[ModelFolder]:
    if not path:
        return not_asked_for(option)
    return attempt_fact(Source(kind=SourceKind.FILE, where=path), lambda: read_folder(path))


def read_folder(path: str) -> ModelFolder:
    """Read a model folder.

    Raises:
        OSError: it cannot be listed.
        ValueError: it has too many entries.
    """
    files = list_files(path)
    tokenizer_config = read_document(path, "tokenizer_config.json")
    special_tokens_map = read_document(path, "special_tokens_map.json")
    weights = [item.name for item in files if _holds_weights(item.name, item.kind)]
    return ModelFolder(
        path=path,
        files=files,
        config=read_document(path, "config.json", MOST_CONFIG),
        generation_config=read_document(path, "generation_config.json"),
        tokenizer_config=without_tables(tokenizer_config),
        special_tokens_map=special_tokens_map,
        tokenizer=read_tokenizer(path, tokenizer_config, special_tokens_map),
        chat_templates=read_templates(path, tokenizer_config),
        adapter_config=read_document(path, "adapter_config.json"),
        index=read_index(path),
        weights=tuple(read_safetensors(path, name) for name in weights),
    )


def _holds_weights(name: str, kind: FileKind) -> bool:
    """A pointer in place of a safetensors file is read too: its damage says what it is."""
    return kind is FileKind.SAFETENSORS or (kind is FileKind.LFS_POINTER and name.endswith(".safetensors"))


MODEL_PROBE = Probe(name="model folder", keys=(MODEL,), find=find_model, deadline=60.0)
BASE_PROBE = Probe(name="base model folder", keys=(BASE,), find=find_base, deadline=60.0)
