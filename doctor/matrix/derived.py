"""Checking the files about releases, which hold no rows: can they be read, and name only releases that exist?"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from doctor.core.errors import MatrixError
from doctor.matrix.document import read_file
from doctor.matrix.fault import Fault
from doctor.matrix.releases import ARCHITECTURES, FLASH_ATTENTION, LORA, OPTIONS, TRANSFORMERS, ShippedReleases
from doctor.matrix.shipped import shipped_file

_WHOLE: dict[str, Callable[[ShippedReleases], object]] = {
    ARCHITECTURES: lambda releases: [releases.vllm_release(version) for version in releases.versions("vllm")],
    OPTIONS: lambda releases: [releases.vllm_release(version) for version in releases.versions("vllm")],
    LORA: lambda releases: [releases.vllm_release(version) for version in releases.versions("vllm")],
    TRANSFORMERS: lambda releases: [
        releases.transformers_release(version) for version in releases.versions("transformers")
    ],
    FLASH_ATTENTION: lambda releases: releases.flash_releases(),
}
"""How a file is read as a whole, by its name below ``matrices/``."""


def name_of(path: Path) -> str:
    """The name below ``matrices/`` that a file about releases has, "" where it is one with rows."""
    for name in _WHOLE:
        if path.parts[-name.count("/") - 1 :] == tuple(name.split("/")):
            return name
    return f"releases/{path.name}" if path.suffix == ".json" else ""


def check_derived(path: Path) -> tuple[int, list[Fault]]:
    """Read a file about releases in place of the shipped one; returns how many names it holds, and what is wrong."""
    name = name_of(path)
    if path.suffix != ".json" and (faults := read_file(path).faults):
        return 0, faults
    try:
        content = path.read_bytes()
        releases = ShippedReleases(lambda wanted: content if wanted == name else shipped_file(wanted))
        if name in _WHOLE:
            _WHOLE[name](releases)
        elif not releases.versions(path.stem):
            raise MatrixError("expected at least one release, found none")
        elif releases.package(path.stem) != path.stem:
            raise MatrixError(f"expected the releases of {path.stem}, found those of {releases.package(path.stem)}")
    except OSError as error:
        return 0, [_fault(path, b"", f"the file cannot be read: {error.strerror or error}")]
    except MatrixError as error:
        return 0, [_fault(path, content, str(error))]
    return content.count(b"\n"), []


def _fault(path: Path, content: bytes, message: str) -> Fault:
    """An error with the place where JSON ends to be such; of other errors only the file is known."""
    line, column = 1, 1
    if path.suffix == ".json":
        try:
            json.loads(content.decode())
        except json.JSONDecodeError as error:
            line, column = error.lineno, error.colno
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            column = error.start - content.rfind(b"\n", 0, error.start)
    return Fault(file=str(path), line=line, column=column, message=message)
