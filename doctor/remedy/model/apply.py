"""Carrying mends out: each file is written whole or not at all, and what it replaces is kept beside it."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from doctor.core.errors import DoctorError
from doctor.remedy.model.plan import Mend

BACKUP = ".doctor-bak"


class MendError(DoctorError):
    """A file of the folder cannot be written; what was there is there still."""


def apply_mend(folder: Path, mend: Mend) -> Path | None:
    """Carry one mend out; returns where the file that was there is kept, None where there was none.

    Raises:
        MendError: it cannot be written; the folder is as it was.
    """
    target = folder / mend.file
    try:
        if mend.content is None:
            kept = _free_name(target)
            target.rename(kept)
            return kept
        return _replace(target, mend.content)
    except OSError as error:
        raise MendError(f"{target} cannot be written: {error.strerror}") from error


def _replace(target: Path, content: bytes) -> Path | None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    new = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.chmod(0o644)
        kept = None
        if os.path.lexists(target):
            kept = _free_name(target)
            # A second name for what is there, a link itself included: at no time is there no file.
            os.link(target, kept, follow_symlinks=False)
        new.replace(target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            new.unlink()
        raise
    return kept


def _free_name(target: Path) -> Path:
    """A name beside a file that is not taken: an earlier backup is never overwritten."""
    number = 1
    while True:
        name = target.with_name(target.name + BACKUP + (f".{number}" if number > 1 else ""))
        if not os.path.lexists(name):
            return name
        number += 1
