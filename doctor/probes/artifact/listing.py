"""What lies in a folder, by name and size, without opening what is large."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator

from doctor.core.artifact.folder import FileKind, FolderFile
from doctor.probes.artifact.bounded import POINTER, read_inside
from doctor.probes.packages.folders import printable

MOST_ENTRIES = 10_000
"""Entries of a folder that are looked at: a folder with more is no model."""

DOWNLOADS = ".cache/huggingface/download"
"""Where huggingface_hub keeps unfinished downloads to a folder (``hf download --local-dir``)."""

_ENDINGS = {
    ".safetensors": FileKind.SAFETENSORS,
    ".bin": FileKind.PICKLE,
    ".pt": FileKind.PICKLE,
    ".pth": FileKind.PICKLE,
    ".ckpt": FileKind.PICKLE,
    ".pkl": FileKind.PICKLE,
    ".gguf": FileKind.GGUF,
    ".json": FileKind.JSON,
    ".incomplete": FileKind.PARTIAL,
    ".part": FileKind.PARTIAL,
    ".partial": FileKind.PARTIAL,
    ".crdownload": FileKind.PARTIAL,
    ".aria2": FileKind.PARTIAL,
    ".lock": FileKind.OTHER,
}
_POINTER_SIZE = 1024
"""Git LFS takes a file of this size or more for content, never for a pointer."""


def list_files(path: str) -> tuple[FolderFile, ...]:
    """List a folder in the order of the names.

    Raises:
        OSError: the folder cannot be read.
        ValueError: it has more than `MOST_ENTRIES` entries.
    """
    found = [*_entries(path, "")]
    downloads = os.path.join(path, DOWNLOADS)  # noqa: PTH118 - bytes of any coding
    # Behind a link lies the folder of someone else.
    if os.path.realpath(downloads) == os.path.join(os.path.realpath(path), DOWNLOADS):  # noqa: PTH118
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            unfinished = _entries(downloads, f"{DOWNLOADS}/")
            found += [item for item in unfinished if item.kind is FileKind.PARTIAL]
    return tuple(sorted(found, key=lambda item: item.name))


def _entries(path: str, prefix: str) -> Iterator[FolderFile]:
    with os.scandir(path) as entries:
        for count, entry in enumerate(entries):
            if count == MOST_ENTRIES:
                raise ValueError(f"{path} has more than {MOST_ENTRIES} entries")
            yield _describe(path, entry, prefix)


def _describe(folder: str, entry: os.DirEntry[str], prefix: str) -> FolderFile:
    link = printable(os.readlink(entry.path)) if entry.is_symlink() else ""  # noqa: PTH115
    name = prefix + printable(entry.name)
    try:
        status = entry.stat()
    except OSError:
        return FolderFile(name=name, size=0, kind=FileKind.DANGLING_LINK if link else FileKind.OTHER, link=link)
    if stat.S_ISDIR(status.st_mode):
        return FolderFile(name=name, size=0, kind=FileKind.FOLDER, link=link)
    kind = _ENDINGS.get(os.path.splitext(entry.name)[1].lower(), FileKind.OTHER)  # noqa: PTH122
    if kind is not FileKind.PICKLE and status.st_size < _POINTER_SIZE and _is_pointer(folder, entry.name):
        kind = FileKind.LFS_POINTER
    return FolderFile(name=name, size=status.st_size, kind=kind, link=link)


def _is_pointer(folder: str, name: str) -> bool:
    # What cannot be read is told by the one who needs its content.
    with contextlib.suppress(OSError):
        return read_inside(folder, name, len(POINTER))[0] == POINTER
    return False
