"""The lock files that ship with doctor, beside its matrix."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import doctor
from doctor.core.errors import MatrixError
from doctor.core.matrix import KnownGoodSet
from doctor.matrix import store as stored

FOLDER = "locks"


def lock_for(chosen: KnownGoodSet, python: str, machine: str) -> str:
    """The name of a set's lock for a Python (``3.11.7``) and a processor on Linux, "" where it has none."""
    tag = f"-py{''.join(python.split('.')[:2])}-linux-{machine}.txt"
    return next((name for name in chosen.locks if name.endswith(tag)), "")


def shipped_lock(name: str, environ: Mapping[str, str] | None = None) -> bytes:
    """The content of a lock file that a set of the shipped matrix names, or of the one that replaces it.

    Raises:
        MatrixError: there is no such file, or it cannot be read.
    """
    package = Path(str(doctor.__file__)).parent
    try:
        for folder in (package / "matrices", package.parent / "matrices"):
            if (folder / FOLDER / name).is_file():
                return (folder / FOLDER / name).read_bytes()
        # Late: only an archive needs it.
        from importlib.resources import files

        entry = files(doctor).joinpath("matrices").joinpath(FOLDER).joinpath(name)
        if entry.is_file():
            return entry.read_bytes()
    except OSError as error:
        raise MatrixError(f"the lock file {name} that ships with doctor cannot be read: {error}") from error
    update = _updated(os.environ if environ is None else environ)
    content = stored.read_lock(update, name) if update else None
    if content is None:
        raise MatrixError(f"the lock file {name} does not ship with doctor", hint="install doctor again")
    return content


def _updated(environ: Mapping[str, str]) -> stored.Update | None:
    store = stored.store_folder(environ)
    return stored.current(store) if store else None
