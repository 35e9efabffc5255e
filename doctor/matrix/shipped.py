"""The matrix files that ship with doctor."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import doctor
from doctor.core.errors import MatrixError

COMPILED = "compiled.json"
"""The rows of the TOML files as a wheel holds them. A checkout has none: its TOML files may be newer."""

_DERIVED = re.compile(r"lora\.toml|flash-attention\.json|(?:calls|names|releases|transformers|vllm)/\w[\w.+-]*\.json")
"""Files that hold no rows, by their name below ``matrices/``: they are read when something of them is asked for."""

_FOLDERS = ("calls", "names", "releases", "transformers", "vllm")


def shipped_files() -> list[tuple[str, bytes]]:
    """The name and content of each shipped file with rows, in the order of their names.

    They lie in the package (``doctor/matrices``, also inside a zip archive) or, in a checkout,
    beside it.

    Raises:
        MatrixError: there are none, or one cannot be read.
    """
    try:
        folder = _folder()
        if folder is not None:
            return [(str(path), path.read_bytes()) for path in sorted(folder.glob("*.toml")) if has_rows(path.name)]
        found = _resources()
    except OSError as error:
        raise MatrixError(f"the matrix that ships with doctor cannot be read: {error}") from error
    if not found:
        raise MatrixError("the matrix that ships with doctor is missing", hint="install doctor again")
    return found


def shipped_file(name: str) -> bytes | None:
    """The content of one file of the folder (``lora.toml``, ``releases/torch.json``), None where there is none.

    Raises:
        MatrixError: it cannot be read.
    """
    try:
        folder = _folder()
        if folder is not None:
            path = folder / name
            return path.read_bytes() if path.is_file() else None
        from importlib.resources import files

        entry = files(doctor).joinpath("matrices")
        for part in name.split("/"):
            entry = entry.joinpath(part)
        return entry.read_bytes() if entry.is_file() else None
    except OSError as error:
        raise MatrixError(f"{name}, which ships with doctor, cannot be read: {error}") from error


def shipped_packages() -> tuple[str, ...]:
    """The names of the packages that have a file in ``releases/``, sorted.

    Raises:
        MatrixError: the folder cannot be read.
    """
    try:
        folder = _folder()
        if folder is not None:
            return tuple(sorted(path.stem for path in (folder / "releases").glob("*.json")))
        from importlib.resources import files

        inside = files(doctor).joinpath("matrices").joinpath("releases")
        entries = inside.iterdir() if inside.is_dir() else ()
        return tuple(sorted(entry.name.removesuffix(".json") for entry in entries if entry.name.endswith(".json")))
    except OSError as error:
        raise MatrixError(f"the releases that ship with doctor cannot be read: {error}") from error


def _folder() -> Path | None:
    return _folder_beside(str(doctor.__file__))


@cache
def _folder_beside(file: str) -> Path | None:
    package = Path(file).parent
    folders = [package / "matrices"]
    if (package.parent / "pyproject.toml").is_file():
        folders.append(package.parent / "matrices")
    return next((folder for folder in folders if folder.is_dir()), None)


def has_rows(name: str) -> bool:
    """Whether a file of this name holds rows, and not a table that a script has derived."""
    return name.endswith(".toml") and not is_derived(name)


def is_derived(name: str) -> bool:
    """Whether a file of this name below ``matrices/`` is one about releases, which a script has derived."""
    return _DERIVED.fullmatch(name) is not None


def shipped_derived() -> dict[str, bytes]:
    """The files about releases that ship with doctor, by their names, sorted.

    Raises:
        MatrixError: one cannot be read.
    """
    try:
        folder = _folder()
        if folder is None:
            from importlib.resources import files

            inside = files(doctor).joinpath("matrices")
        else:
            inside = folder
        entries = [("", entry) for entry in inside.iterdir()] if inside.is_dir() else []
        for name in _FOLDERS:
            if inside.joinpath(name).is_dir():
                entries += [(f"{name}/", entry) for entry in inside.joinpath(name).iterdir()]
        found = {prefix + entry.name: entry for prefix, entry in entries}
        return {name: found[name].read_bytes() for name in sorted(found) if is_derived(name)}
    except OSError as error:
        raise MatrixError(f"the releases that ship with doctor cannot be read: {error}") from error


def _resources() -> list[tuple[str, bytes]]:
    # Late: the import costs more than reading the files, and only an archive needs it.
    from importlib.resources import files

    folder = files(doctor).joinpath("matrices")
    if not folder.is_dir():
        return []
    entries = sorted((entry for entry in folder.iterdir() if has_rows(entry.name)), key=lambda entry: entry.name)
    return [(f"matrices/{entry.name}", entry.read_bytes()) for entry in entries]
