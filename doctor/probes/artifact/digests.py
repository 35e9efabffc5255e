"""Hashes of what would be loaded from the folders of a model, its base and its adapters. Nothing is unpickled."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from doctor.core.artifact.folder import FileKind, FolderFile
from doctor.core.fact import Source, SourceKind
from doctor.core.fleet.node import FOLDER_DIGESTS, FileDigest, FolderContent, FolderDigest
from doctor.core.target import Facts, Probe, Target
from doctor.probes.artifact.bounded import open_inside
from doctor.probes.artifact.listing import list_files
from doctor.probes.artifact.safetensors import MOST_HEADER
from doctor.probes.attempt import attempt, attempt_fact

LARGE = 64 << 20
"""From this size in bytes on a file of a model is not read whole; the largest tokenizers have 35 MB."""

_END = 1 << 20
_CHUNK = 1 << 20
_NO_FILES = (FileKind.FOLDER, FileKind.DANGLING_LINK, FileKind.PARTIAL)
# What trainers leave beside the weights, and what only people read.
_LEFTOVERS = ("optimizer", "scheduler", "scaler", "rng_state", "trainer_state", "training_args")


def find(target: Target) -> Facts:
    """Find the fact of this probe: one digest for each folder that was named."""
    folders = target.artifacts
    named = [("model", folders.model), ("base", folders.base), *(("adapter", path) for path in folders.adapters)]
    source = Source(kind=SourceKind.FILE, where=", ".join(path for _, path in named if path) or "no folder is named")
    wanted = [(role, path) for role, path in named if path]
    return [attempt(FOLDER_DIGESTS, source, lambda: tuple(_digest(role, path, target.deep) for role, path in wanted))]


def _digest(role: str, path: str, deep: bool) -> FolderDigest:
    source = Source(kind=SourceKind.FILE, where=path)
    whole = deep or role == "adapter"
    return FolderDigest(role=role, path=path, content=attempt_fact(source, lambda: read_content(path, whole=whole)))


def read_content(path: str, *, whole: bool) -> FolderContent:
    """Hash the files of a folder that are loaded; `whole` asks for all bytes of weights too.

    Raises:
        OSError: the folder or a file of it cannot be read.
        ValueError: it has too many entries.
    """
    files = tuple(hash_file(Path(path), item, whole=whole) for item in list_files(path) if _counts(item))
    digest = hashlib.sha256()
    for item in files:
        digest.update(f"{item.name}\0{item.part}\0{item.size}\0{item.sha256}\n".encode())
    return FolderContent(sha256=digest.hexdigest(), files=files)


def _counts(item: FolderFile) -> bool:
    name = item.name.lower()
    hidden = name.startswith(".") or name.endswith((".md", ".log"))
    return item.kind not in _NO_FILES and not hidden and not name.startswith(_LEFTOVERS)


def hash_file(folder: Path, item: FolderFile, *, whole: bool) -> FileDigest:
    """Hash one file, or the part of it that is told by `FileDigest.part`.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with os.fdopen(open_inside(str(folder), item.name), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        part, pieces = _pieces(file, item, size, whole)
        for piece in pieces:
            digest.update(piece)
    return FileDigest(name=item.name, size=size, sha256=digest.hexdigest(), part=part)


def _pieces(file: BinaryIO, item: FolderFile, size: int, whole: bool) -> tuple[str, Iterator[bytes]]:
    if not whole and item.kind is FileKind.SAFETENSORS:
        start = file.read(8)
        length = int.from_bytes(start, "little")
        file.seek(0)
        if len(start) == 8 and length <= MOST_HEADER:
            return "header", _read(file, 8 + length)
    if not whole and size > LARGE:
        return "ends", _ends(file, size)
    return "whole", _read(file, size)


def _ends(file: BinaryIO, size: int) -> Iterator[bytes]:
    yield from _read(file, _END)
    file.seek(size - _END)
    yield from _read(file, _END)


def _read(file: BinaryIO, most: int) -> Iterator[bytes]:
    while most > 0 and (piece := file.read(min(_CHUNK, most))):
        most -= len(piece)
        yield piece


DIGESTS_PROBE = Probe(name="folder digests", keys=(FOLDER_DIGESTS,), find=find, deadline=120.0)
