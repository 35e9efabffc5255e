"""A matrix as it is handed on: a file, a folder, an archive or an address, with its checksum beside it.

Nothing of it is run: TOML files, lock files and the tables of releases are taken out by their names, all else
is left.
"""

from __future__ import annotations

import hashlib
import io
import re
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from doctor.core.errors import MatrixError
from doctor.core.frozen import frozen
from doctor.matrix.fetch import fetch, is_address, join_suffix, without_credentials
from doctor.matrix.shipped import has_rows, is_derived

LIMIT = 20 * 1024 * 1024
"""Bytes that a bundle may have."""

UNPACKED_LIMIT = 64 * 1024 * 1024
"""Bytes that it may have when it is unpacked."""

SUMS = "SHA256SUMS"
"""The file with the checksums of a folder, as `sha256sum *.toml > SHA256SUMS` writes it."""

_MEMBER = re.compile(
    r"(?:[\w.+-]+/){0,2}?(?P<name>locks/\w[\w.+-]*\.txt|\w[\w.+-]*\.toml|flash-attention\.json"
    r"|(?:names|releases|transformers|vllm)/\w[\w.+-]*\.json)"
)
_FOLDERS = ("names", "releases", "transformers", "vllm")
_PATTERNS = ("*.toml", "locks/*.txt", "flash-attention.json", *(f"{folder}/*.json" for folder in _FOLDERS))
_SUM = re.compile(r"(?P<digest>[0-9a-fA-F]{64})(?:[ \t]+\*?(?P<name>\S.*))?")


@frozen
class Bundle:
    """The files of a matrix: ``x.toml``, ``locks/x.txt``, ``releases/x.json`` by name, and where they come from.

    `sha256` is the checksum that was compared, of a folder that of its list of checksums.
    """

    files: dict[str, bytes]
    source: str
    sha256: str

    @property
    def tables(self) -> dict[str, bytes]:
        """The TOML files with rows."""
        return {name: content for name, content in sorted(self.files.items()) if has_rows(name)}

    @property
    def derived(self) -> dict[str, bytes]:
        """The files about releases."""
        return {name: content for name, content in sorted(self.files.items()) if is_derived(name)}


def read_bundle(source: str, *, timeout: float = 30.0) -> Bundle:
    """Read a matrix from a path or an address, and compare it with the checksum beside it.

    Beside ``NAME`` that is ``NAME.sha256``, in a folder `SHA256SUMS`; `timeout` is in seconds.

    Raises:
        MatrixError: it cannot be read, has no checksum or another one, or holds no matrix.
    """
    path = Path(source)
    try:
        if not is_address(source) and path.is_dir():
            return _from_folder(path)
    except (OSError, ValueError) as error:
        raise MatrixError(f"{source} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    beside = join_suffix(source, ".sha256") if is_address(source) else f"{source}.sha256"
    content = _read(source, LIMIT, timeout)
    try:
        listed = _read(beside, 64 * 1024, timeout)
    except MatrixError as error:
        raise MatrixError(
            f"{without_credentials(source)} has no checksum beside it: {error.message}",
            hint=f"`sha256sum FILE > FILE.sha256` writes one; expected is {without_credentials(beside)}",
        ) from error
    digest = hashlib.sha256(content).hexdigest()
    _compare(without_credentials(source), digest, _expected(listed, path.name))
    return _checked(dict(_unpack(path.name, content)), without_credentials(source), digest)


def _from_folder(folder: Path) -> Bundle:
    if not (folder / SUMS).is_file():
        raise MatrixError(
            f"{folder} has no {SUMS}",
            hint=f"`cd {folder} && find * -name '*.*' -type f | xargs sha256sum > {SUMS}` writes one",
        )
    listed = (folder / SUMS).read_bytes()
    files: dict[str, bytes] = {}
    for path in sorted(path for pattern in _PATTERNS for path in folder.glob(pattern)):
        name = path.relative_to(folder).as_posix()
        content = _read(str(path), LIMIT, 0)
        _compare(str(path), hashlib.sha256(content).hexdigest(), _expected(listed, name, alone=False))
        files[name] = content
    return _checked(files, str(folder), hashlib.sha256(listed).hexdigest())


def _checked(files: dict[str, bytes], source: str, digest: str) -> Bundle:
    bundle = Bundle(files=files, source=source, sha256=digest)
    if not bundle.tables:
        raise MatrixError(f"{source} holds no matrix: expected TOML files")
    return bundle


def _read(source: str, limit: int, timeout: float) -> bytes:
    if is_address(source):
        return fetch(source, limit=limit, timeout=timeout)
    try:
        if not stat.S_ISREG(Path(source).stat().st_mode):
            raise MatrixError(f"{source} is no regular file")
        with Path(source).open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise MatrixError(f"{source} cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > limit:
        raise MatrixError(f"{source} has more than {limit} bytes: this is too large to be a matrix")
    return content


def _expected(listed: bytes, name: str, *, alone: bool = True) -> str:
    """The checksum of a name in a list of checksums; where it is `alone` it need not be named."""
    found = [
        match for line in listed.decode("utf-8", "replace").splitlines() if (match := _SUM.fullmatch(line.strip()))
    ]
    for match in found:
        if match["name"] and match["name"].removeprefix("./") == name:
            return match["digest"].lower()
    if alone and len(found) == 1:
        return found[0]["digest"].lower()
    return ""


def _compare(what: str, digest: str, expected: str) -> None:
    if digest != expected:
        wanted = (
            f"its checksum is {digest}, and {expected} was expected" if expected else "no checksum is listed for it"
        )
        raise MatrixError(f"{what} is not what was published: {wanted}", hint="get it again, with its checksum")


def _unpack(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of a matrix in a file: itself, or those in an archive."""
    if zipfile.is_zipfile(io.BytesIO(content)):
        members = _of_zip(content)
    elif name.endswith(".toml"):
        members = iter([(name, content)])
    else:
        members = _of_tar(content)
    total = 0
    try:
        for member, data in members:
            total += len(data)
            if total > UNPACKED_LIMIT:
                raise MatrixError(f"{name} unpacks to more than {UNPACKED_LIMIT} bytes: too much for a matrix")
            yield member, data
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, zlib.error, NotImplementedError) as error:
        raise MatrixError(f"{name} is no TOML file and no archive that can be read: {error}") from error


def _of_zip(content: bytes) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            match = _MEMBER.fullmatch(entry.filename)
            if match and not entry.is_dir():
                with archive.open(entry) as file:
                    yield match["name"], file.read(UNPACKED_LIMIT + 1)


def _of_tar(content: bytes) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for entry in archive:
            if entry.size > UNPACKED_LIMIT:
                raise MatrixError(f"{entry.name[:100]} in the archive is too large for a matrix")
            match = _MEMBER.fullmatch(entry.name)
            file = archive.extractfile(entry) if match and entry.isreg() else None
            if match and file:
                yield match["name"], file.read()
