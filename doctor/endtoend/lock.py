"""Lock files: exact pins with hashes, as `pip install -r` and `uv pip sync` read them."""

from __future__ import annotations

import re
from dataclasses import field
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from doctor.core.errors import DoctorError
from doctor.core.frozen import frozen
from doctor.core.matrix import Basis, KnownGoodSet, Matrix

LIMIT = 10 * 1024 * 1024
"""Bytes that a lock file may have: the closure of vLLM with every hash has half of one MiB."""

_HASH = re.compile(r"--hash=(\S+)")
_HEX = re.compile(r"sha(?:256:[0-9a-f]{64}|384:[0-9a-f]{96}|512:[0-9a-f]{128})")


class LockError(DoctorError):
    """A file is no lock: it cannot be read, or it does not pin everything that it names."""


@frozen
class Lock:
    """A lock file: exact versions and hashes (``sha256:...``) by normalised name.

    `options` are its lines that are none of a package (``--extra-index-url ...``).
    """

    path: Path
    pins: dict[str, str]
    hashes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    options: tuple[str, ...] = ()

    @property
    def hashed(self) -> bool:
        """Whether every pin has a hash."""
        return all(self.hashes.get(name) for name in self.pins)


def read_lock(path: Path) -> Lock:
    """Read the lock file `path`.

    Raises:
        LockError: it cannot be read, is no text, or a line does not pin one version exactly.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except (OSError, ValueError) as error:
        raise LockError(f"the lock file {path} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > LIMIT:
        raise LockError(f"{path} has more than {LIMIT // 1024**2} MiB: this is no lock file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LockError(f"{path} is no UTF-8 text: this is no lock file") from error
    return parse_lock(text, path)


def parse_lock(text: str, path: Path) -> Lock:
    """Parse the text of a lock file that errors call `path`.

    Raises:
        LockError: a line does not pin one version exactly, or none does.
    """
    pins: dict[str, str] = {}
    hashes: dict[str, tuple[str, ...]] = {}
    options: list[str] = []
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        statement = re.sub(r"(^|\s)#.*", "", line).strip()
        if statement.startswith("-"):
            options.append(statement)
        elif statement:
            found = tuple(_HASH.findall(statement))
            requirement = _requirement(statement, found, path)
            if requirement.marker is None or requirement.marker.evaluate():
                name = canonicalize_name(requirement.name)
                pins[name] = next(iter(requirement.specifier)).version
                hashes[name] = found
    if not pins:
        raise LockError(f"{path} pins nothing: this is no lock file")
    return Lock(path=path, pins=pins, hashes=hashes, options=tuple(options))


def set_of_lock(lock: Lock, matrix: Matrix) -> KnownGoodSet:
    """The set whose pins a lock file holds, or else a set of that file alone, of which nothing is proven."""
    held = lock.pins.items()
    rows = [row for row in matrix.sets if row.anchor and row.pins.items() <= held]
    if rows:
        return max(rows, key=lambda row: len(row.pins))
    # Which CUDA it is for shows in the environment; here it only decides how much room is asked for.
    label = lock.pins.get("torch", "").partition("+")[2]
    cuda = any(name.startswith("nvidia-cu") for name in lock.pins) or label.startswith("cu")
    return KnownGoodSet(
        name=lock.path.name,
        title=f"the lock file {lock.path.name}",
        pins=lock.pins,
        python="",
        basis=Basis.DECLARED,
        sources=(str(lock.path),),
        cuda="0.0" if cuda else "",
    )


def _requirement(statement: str, found: tuple[str, ...], path: Path) -> Requirement:
    text = _HASH.sub("", statement).strip()
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise LockError(f"{path} is no lock file: it has the line {text[:100]!r}") from error
    exact = [item for item in requirement.specifier if item.operator == "==" and not item.version.endswith(".*")]
    if len(exact) != 1 or len(requirement.specifier) != 1:
        hint = "a lock pins every package with =="
        raise LockError(f"{path} is no lock file: {text[:100]!r} does not pin one version", hint=hint)
    bad = [value for value in found if not _HEX.fullmatch(value)]
    if bad:
        raise LockError(f"{path} is no lock file: {bad[0][:100]!r} of {requirement.name} is no hash")
    return requirement
