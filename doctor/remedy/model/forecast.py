"""What a folder would be after its mends, without changing it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doctor.probes.artifact.bounded import require_inside
from doctor.remedy.model.apply import BACKUP
from doctor.remedy.model.plan import Mend

MOST_COPIED = 64 << 20
"""Bytes: tokenizers of 33 MiB are known, and of the weights only the headers are read, through the link."""


@contextmanager
def mended(folder: Path, mends: tuple[Mend, ...]) -> Iterator[Path]:
    """Yield a folder with what is in `folder`, in which the mends are done; what is large is linked, not copied.

    Raises:
        OSError: the folder cannot be listed, or nothing can be written to the temporary one.
    """
    with tempfile.TemporaryDirectory(prefix="doctor-") as place:
        shadow = Path(place, folder.name)
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
        small = entry.is_file() and entry.stat().st_size <= MOST_COPIED
    except OSError:
        small = False
    if small:
        shutil.copyfile(entry.path, target)
    else:
        target.symlink_to(folder.absolute() / entry.name)
