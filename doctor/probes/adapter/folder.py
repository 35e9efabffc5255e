"""The facts of adapter folders, read with the standard library alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS, CONFIG, WEIGHTS, AdapterFolder, not_asked_for
from doctor.core.artifact.folder import Document
from doctor.core.artifact.tensors import TensorValues
from doctor.core.fact import Absent, Fact, Known, Source, SourceKind
from doctor.core.target import Facts, Probe, Target
from doctor.probes.artifact.document import read_document
from doctor.probes.artifact.listing import list_files
from doctor.probes.artifact.safetensors import read_safetensors
from doctor.probes.artifact.values import scan_values
from doctor.probes.attempt import attempt
from doctor.probes.model.tokenizer import read_tokenizer

MOST_BYTES = 4 << 20
"""Bytes of an adapter_config.json that are read: with a rank for each of 40,000 experts it has less."""


def find_adapters(target: Target) -> Facts:
    """Find the fact of the adapter folders."""
    paths = target.artifacts.adapters
    if not paths:
        return [(ADAPTERS, not_asked_for())]
    source = Source(kind=SourceKind.FILE, where=paths[0])
    # As the rules have it: what is served, or else what it was made from.
    base = target.artifacts.model or target.artifacts.base
    return [attempt(ADAPTERS, source, lambda: tuple(read_adapter(path, deep=target.deep, base=base) for path in paths))]


def read_adapter(path: str, *, deep: bool = False, base: str = "") -> AdapterFolder:
    """Read an adapter folder; `deep` asks for the values of its weights too, `base` is the model that is named for it.

    Raises:
        OSError: it cannot be listed.
        ValueError: it has too many entries.
    """
    config = read_document(path, CONFIG, MOST_BYTES)
    return AdapterFolder(
        path=path,
        files=list_files(path),
        config=config,
        weights=read_safetensors(path, WEIGHTS) if _is_there(path, WEIGHTS) else _missing(path, WEIGHTS),
        values=_values(path, deep),
        tokenizer=read_tokenizer(path, read_document(path, "tokenizer_config.json"), _nothing(path)),
        base_is_here=_base_is_here(config),
        given_base=base,
    )


def _values(path: str, deep: bool) -> Fact[TensorValues]:
    if not deep:
        source = Source(kind=SourceKind.RUN, where="doctor check")
        return Absent(source=source, detail="not asked for: --deep asks for it")
    return scan_values(path, WEIGHTS) if _is_there(path, WEIGHTS) else _missing(path, WEIGHTS)


def _is_there(path: str, name: str) -> bool:
    # False for a link that leads nowhere, which the listing tells of.
    return (Path(path) / name).exists()


def _missing(path: str, name: str) -> Absent[Any]:
    return Absent(source=Source(kind=SourceKind.FILE, where=f"{path}/{name}"), detail=f"there is no {name}")


def _nothing(path: str) -> Absent[Document]:
    return Absent(source=Source(kind=SourceKind.FILE, where=path))


def _base_is_here(config: Fact[Document]) -> bool:
    name = config.value.value.get("base_model_name_or_path") if isinstance(config, Known) else None
    if not isinstance(name, str) or not name:
        return False
    try:
        return Path(name).expanduser().is_dir()
    except (OSError, RuntimeError, ValueError):  # too long, an unknown ~user, a null byte
        return False


ADAPTERS_PROBE = Probe(name="adapter folders", keys=(ADAPTERS,), find=find_adapters, deadline=60.0)
