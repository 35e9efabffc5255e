"""Lists of conda: ``conda list --explicit`` (addresses) and ``conda list --export`` (``name=version=build``).

https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html. Only what is
a package of Python is taken: its build names a Python (``py311h64a7726_0``), or that it needs none
in particular (``pyhd8ed1ab_0``); and pytorch, whose build names its CUDA.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from packaging.utils import canonicalize_name

from doctor.core.errors import TargetError
from doctor.core.frozen import frozen
from doctor.intake.pins import Listing, Pin, read_text
from doctor.intake.stated_platform import Said

_EXPLICIT = "@EXPLICIT"
_PACKAGE = re.compile(r"(?P<name>[^/]+)-(?P<version>[^-/]+)-(?P<build>[^-/]+)\.(?:conda|tar\.bz2)")
_EXPORTED = re.compile(r"(?P<name>[\w.-]+)=(?P<version>[^=\s]+)=(?P<build>[^=\s]+)")
_PLATFORM = re.compile(r"(?:^# platform: |/)(?P<platform>linux-64|linux-aarch64)(?:/|$)")
_MACHINES = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}
_OF_PYTHON = re.compile(r"(?:^|_)py(?:h|\d|pi)")
_CUDA = re.compile(r"cuda_?(?P<major>1[0-9])\.?(?P<minor>\d)")
NAMES = {"pytorch": "torch", "pytorch-gpu": "", "pytorch-cpu": ""}
"""Names of conda that differ from those of the index; "" stands for one that holds nothing itself."""


@frozen
class CondaPackage:
    """One package of conda and the 1-based line that states it."""

    name: str
    version: str
    build: str
    line: int


def looks_like_conda(text: str) -> bool:
    """Whether a text is a list that conda wrote."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    bare = [line for line in lines if not line.startswith("#")]
    return _EXPLICIT in lines or (bool(bare) and all(_EXPORTED.fullmatch(line) for line in bare))


def read(path: Path, listing: Listing) -> None:
    """Read a list of conda.

    Raises:
        TargetError: a line is none of a package.
    """
    for number, line in enumerate(read_text(path).splitlines(), 1):
        found = _PLATFORM.search(line)
        if found and listing.machine is None:
            listing.machine = Said(_MACHINES[found["platform"]], number)
    for package in _packages(path):
        take_conda(package, path, listing)


def take_conda(package: CondaPackage, path: Path, listing: Listing) -> None:
    """Take a package of conda, where it is one of Python; of Python itself the version."""
    if package.name == "python":
        listing.python = Said(package.version, package.line)
        if listing.target.python is None:
            listing.target = replace(listing.target, python=listing.python)
        return
    name = NAMES.get(package.name, str(canonicalize_name(package.name)))
    if not name or not (_OF_PYTHON.search(package.build) or package.name in NAMES):
        return
    if name == "torch":
        listing.torch_cuda = _cuda_of(package)
    # In what `conda list --export` writes, pypi_0 is the build of what pip has installed.
    origin = "index" if package.build.startswith("pypi") else "conda"
    listing.take(Pin(name=name, version=package.version, text=name, line=package.line, file=str(path), origin=origin))


def _packages(path: Path) -> Iterator[CondaPackage]:
    for number, line in enumerate(read_text(path).splitlines(), 1):
        text = line.partition("#")[0].strip() if "://" in line else line.strip()
        if not text or text.startswith("#") or text == _EXPLICIT:
            continue
        match = _PACKAGE.fullmatch(text.rpartition("/")[2]) if "://" in text else _EXPORTED.fullmatch(text)
        if match is None:
            raise TargetError(f"line {number} of {path} names no package of conda: {text[:100]}")
        yield CondaPackage(name=match["name"], version=match["version"], build=match["build"], line=number)


def _cuda_of(package: CondaPackage) -> Said | None:
    """The CUDA of a build of pytorch (``py3.11_cuda12.1_cudnn8.9.2_0``), "" of one without; None is not told."""
    found = _CUDA.search(package.build)
    if found:
        return Said(f"{found['major']}.{found['minor']}", package.line)
    return Said("", package.line) if "cpu" in package.build else None
