"""What a folder would be after its mends, without changing it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doctor.probes.artifact.bounded import require_inside
from doctor.probes.artifact.safetensors import MOST_HEADER
from doctor.probes.scratch_folder import ScratchFolder
from doctor.remedy.model.apply import BACKUP
from doctor.remedy.model.plan import Mend

MOST_COPIED = 64 << 20
"""Bytes of a file that is copied whole: tokenizers of 33 MiB are known."""


@contextmanager
def mended(folder: Path, mends: tuple[Mend, ...]) -> Iterator[Path]:
    """Yield a folder with what is in `folder`, in which the mends are done.

    Of large weights only the headers are copied, which is what is read of them; what else is large is a link.

    Raises:
        OSError: the folder cannot be listed, or nothing can be written to the temporary one.
    """
    with ScratchFolder() as scratch:
        shadow = scratch.path / folder.name
        shadow.mkdir()
        for entry in os.scandir(folder):
            _enter(entry, folder, shadow / entry.name)
        for mend in mends:
            target = shadow / mend.file
            if os.path.lexists(target):
                target.rename(target.with_name(target.name + BACKUP))
            if mend.content is not None:
                target.write_bytes(mend.content)
        yield shadow


def _enter(entry: os.DirEntry[str], folder: Path, target: Path) -> None:
    """Copy a file, so that it lies in the new folder as it does in its own; what leads out of that is still a link."""
    try:
        require_inside(str(folder), entry.name)
        size = entry.stat().st_size if entry.is_file() else None
    except OSError:
        size = None
    if size is not None and size <= MOST_COPIED:
        shutil.copyfile(entry.path, target)
    elif size is not None and target.suffix == ".safetensors":
        _copy_header(Path(entry.path), target, size)
    else:
        target.symlink_to(folder.absolute() / entry.name)


def _copy_header(path: Path, target: Path, size: int) -> None:
    """Copy the header of a safetensors file; the rest of its `size` bytes is a hole that takes no room."""
    with path.open("rb") as source, target.open("wb") as copy:
        start = source.read(8)
        copy.write(start + source.read(min(int.from_bytes(start, "little"), MOST_HEADER)))
        copy.truncate(size)
