"""Checking the files about releases, which hold no rows: can they be read, and name only releases that exist?"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from doctor.core.errors import MatrixError
from doctor.matrix.document import read_file
from doctor.matrix.fault import Fault
from doctor.matrix.names import CONFIGS
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
    CONFIGS: lambda releases: releases.config_attribute("", ""),
}
"""How a file is read as a whole, by its name below ``matrices/``."""


def name_of(path: Path) -> str:
    """The name below ``matrices/`` that a file about releases has, "" where it is one with rows."""
    for name in _WHOLE:
        if path.parts[-name.count("/") - 1 :] == tuple(name.split("/")):
            return name
    folder = path.parent.name if path.parent.name in ("names", "calls") else "releases"
    return f"{folder}/{path.name}" if path.suffix == ".json" else ""


def check_derived(path: Path) -> tuple[int, list[Fault]]:
    """Read a file about releases in place of the shipped one; returns how many names it holds, and what is wrong."""
    name = name_of(path)
    if path.suffix != ".json" and (faults := read_file(path).faults):
        return 0, faults
    try:
        content = path.read_bytes()
    except OSError as error:
        return 0, [_fault(str(path), b"", f"the file cannot be read: {error.strerror or error}")]
    message = _what_is_wrong(name, {name: content})
    return (0, [_fault(str(path), content, message)]) if message else (content.count(b"\n"), [])


def check_together(files: Mapping[str, bytes]) -> list[Fault]:
    """What is wrong with files about releases that are to take the place of shipped ones of the same names.

    The tables that they do not bring have to fit them too: those name releases that these list.
    """
    names = sorted({*files, *_WHOLE}) if files else []
    return [_fault(name, files.get(name, b""), message) for name in names if (message := _what_is_wrong(name, files))]


def _what_is_wrong(name: str, files: Mapping[str, bytes]) -> str:
    """The error that a file is read with beside others, or ""."""
    releases = ShippedReleases(lambda wanted: files[wanted] if wanted in files else shipped_file(wanted))
    package = name.removeprefix("releases/").removesuffix(".json")
    try:
        if name in _WHOLE:
            _WHOLE[name](releases)
        elif name.startswith("names/"):
            releases.name_history(Path(name).stem, "")
        elif name.startswith("calls/"):
            releases.call_histories("", "")
        elif name != f"releases/{package}.json":
            return "expected one of the files about releases, found another name"
        elif not releases.versions(package):
            return "expected at least one release, found none"
        elif releases.package(package) != package:
            return f"expected the releases of {package}, found those of {releases.package(package)}"
    except MatrixError as error:
        return str(error)
    return ""


def _fault(file: str, content: bytes, message: str) -> Fault:
    """An error with the place where JSON ends to be such; of other errors only the file is known."""
    line, column = 1, 1
    if content and file.endswith(".json"):
        try:
            json.loads(content.decode())
        except json.JSONDecodeError as error:
            line, column = error.lineno, error.colno
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            column = error.start - content.rfind(b"\n", 0, error.start)
    return Fault(file=file, line=line, column=column, message=message)
