"""The matrix that `doctor matrix update` has put in place of the shipped one.

A folder of the user holds it, and the one before it: ``current`` and ``previous``, each with the
files as they were published and with `update.json`, which says where they are from and what
their checksums are.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doctor import __version__
from doctor.core.errors import MatrixError
from doctor.core.frozen import frozen
from doctor.matrix.compiled import compile_part, read_compiled
from doctor.matrix.part import Part
from doctor.matrix.shipped import has_rows, is_derived

if TYPE_CHECKING:
    # At run time only the command that fetches one needs it.
    from doctor.matrix.bundle import Bundle

_STATE = "update.json"
_COMPILED = "compiled.json"
_HINT = "`doctor matrix update --remove` goes back to the matrix that ships with doctor"


@frozen
class Update:
    """What is known of a stored matrix: `updated` is the day it states, `installed` the time it came here."""

    source: str
    sha256: str
    updated: str
    installed: str
    folder: Path
    files: dict[str, str]
    doctor_version: str


def store_folder(environ: Mapping[str, str]) -> Path | None:
    """The folder for data of the user (https://specifications.freedesktop.org/basedir-spec/), or None."""
    for variable, rest in (("XDG_DATA_HOME", ()), ("HOME", (".local", "share"))):
        value = environ.get(variable)
        if value and Path(value).is_absolute():
            return Path(value).joinpath(*rest, "llm-stack-doctor", "matrix")
    return None


def current(store: Path) -> Update | None:
    """The stored matrix, or None where there is none.

    Raises:
        MatrixError: there is one, and what it is cannot be read.
    """
    return _update_in(store / "current")


def previous(store: Path) -> Update | None:
    """The stored matrix before the current one, or None."""
    return _update_in(store / "previous")


def read_part(update: Update) -> Part | None:
    """The rows of a stored matrix as this doctor has compiled them; None when another one has.

    Raises:
        MatrixError: it is not as it was stored.
    """
    if update.doctor_version != __version__:
        return None
    return read_compiled(_content(update, _COMPILED))


def read_tables(update: Update) -> list[tuple[str, bytes]]:
    """The name and content of the TOML files of a stored matrix.

    Raises:
        MatrixError: one is not as it was stored.
    """
    names = sorted(name for name in update.files if has_rows(name))
    return [(str(update.folder / name), _content(update, name)) for name in names]


def read_lock(update: Update, name: str) -> bytes | None:
    """The lock file of a stored matrix, or None where it brings none of that name.

    Raises:
        MatrixError: it is not as it was stored.
    """
    return _content(update, f"locks/{name}") if f"locks/{name}" in update.files else None


def read_derived(update: Update, name: str) -> bytes | None:
    """A file about releases of a stored matrix, or None where it brings none of that name.

    Raises:
        MatrixError: it is not as it was stored.
    """
    return _content(update, name) if is_derived(name) and name in update.files else None


def install(store: Path, bundle: Bundle, part: Part, *, now: str) -> Update:
    """Put a checked bundle in place; the one before is kept. Nothing is left half done.

    Raises:
        MatrixError: the folder cannot be written to.
    """
    import tempfile  # late, as hashlib and shutil: most have no matrix of their own

    files = {**bundle.files, _COMPILED: compile_part(part)}
    state = {
        "source": bundle.source,
        "sha256": bundle.sha256,
        "updated": part.updated,
        "installed": now,
        "doctor_version": __version__,
        "files": {name: _digest(content) for name, content in sorted(files.items())},
    }
    try:
        store.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".new-", dir=store))
        try:
            for name, content in {**files, _STATE: json.dumps(state, indent=2).encode()}.items():
                (made / name).parent.mkdir(exist_ok=True)
                (made / name).write_bytes(content)
            _swap(made, store)
        finally:
            _remove_folder(made, ignore_errors=True)
    except OSError as error:
        raise MatrixError(f"{store} cannot be written to: {error.strerror or error}") from error
    return _known(_update_in(store / "current"))


def go_back(store: Path) -> Update:
    """Put the matrix before in place of the current one, and keep that as the one before.

    Raises:
        MatrixError: there is none, or the folder cannot be written to.
    """
    if previous(store) is None:
        raise MatrixError("there is no matrix before the current one", hint=_HINT)
    try:
        aside = store / f".back-{os.getpid()}"
        (store / "previous").rename(aside)
        _swap(aside, store)
    except OSError as error:
        raise MatrixError(f"{store} cannot be written to: {error.strerror or error}") from error
    return _known(_update_in(store / "current"))


def remove(store: Path) -> None:
    """Take the stored matrices away, so that the shipped one is used.

    Raises:
        MatrixError: they cannot be removed.
    """
    try:
        for folder in (store / "current", store / "previous"):
            if folder.is_dir():
                _remove_folder(folder)
    except OSError as error:
        raise MatrixError(f"{store} cannot be removed: {error.strerror or error}") from error


def _swap(made: Path, store: Path) -> None:
    """Make a folder the current one, and the current one the one before."""
    if (store / "current").exists():
        if (store / "previous").exists():
            _remove_folder(store / "previous")
        (store / "current").rename(store / "previous")
    made.rename(store / "current")


def _known(update: Update | None) -> Update:
    assert update is not None, "it was just written"
    return update


def _update_in(folder: Path) -> Update | None:
    path = folder / _STATE
    try:
        if not folder.exists():
            return None
        state: dict[str, Any] = json.loads(path.read_bytes())
        return Update(
            source=str(state["source"]),
            sha256=str(state["sha256"]),
            updated=str(state["updated"]),
            installed=str(state["installed"]),
            doctor_version=str(state["doctor_version"]),
            folder=folder,
            files={str(name): str(digest) for name, digest in state["files"].items()},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise MatrixError(f"the updated matrix in {folder} cannot be read: {error}", hint=_HINT) from error


def _content(update: Update, name: str) -> bytes:
    path = update.folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MatrixError(f"{path} cannot be read: {error.strerror or error}", hint=_HINT) from error
    if _digest(content) != update.files.get(name):
        raise MatrixError(f"{path} is not as it was stored", hint=_HINT)
    return content


def _digest(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()


def _remove_folder(folder: Path, *, ignore_errors: bool = False) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=ignore_errors)
