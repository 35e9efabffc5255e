"""A package index, asked politely: named packages only, each answer once, kept on disk.

Listings come from the simple API as JSON (PEP 691), metadata from the file that the index serves beside
each wheel (PEP 658), and single files of a wheel by their range of bytes. A whole file is only
downloaded where it is a source distribution, and of that only the files that are asked for are kept.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import ssl
import sys
import tarfile
import time
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from doctor.installer.pip_settings import pip_settings
from scripts.derivation.remote_zip import RemoteFile

DEFAULT_INDEX = "https://pypi.org/simple"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llm-stack-doctor" / "index"
JSON = "application/vnd.pypi.simple.v1+json"
PAUSE = 0.05
"""Seconds between two requests."""

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._+-]")


class UnexpectedAnswerError(Exception):
    """The index does not answer, or not as the simple API says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """One file of a release, as the index lists it; `tags` are the tags of a wheel, "" for an sdist."""

    package: str
    version: Version
    filename: str
    url: str
    uploaded: str
    requires_python: str
    yanked: bool
    sha256: str
    tags: str

    @property
    def is_wheel(self) -> bool:
        """Whether the file is a wheel."""
        return bool(self.tags)


class Index:
    """The index that pip is configured with, through a folder that keeps what it answered.

    With `offline`, only that folder is read. `refresh` asks for the listings again.
    """

    def __init__(self, cache: Path = CACHE, *, offline: bool = False, refresh: bool = False) -> None:
        settings = pip_settings(os.environ)
        self._address = settings.get("index-url", DEFAULT_INDEX).rstrip("/")
        self._context = ssl.create_default_context(cafile=settings.get("cert") or None)
        self._cache = cache
        self._offline = offline
        self._refresh = refresh

    def files(self, package: str) -> list[IndexFile]:
        """Every sdist and wheel of a package that has a valid name, by version and name."""
        path = self._cache / package / "files.json"
        if self._refresh and not self._offline:
            path.unlink(missing_ok=True)
        listing = json.loads(self._kept(path, lambda: self._get(f"{self._address}/{package}/", JSON)))
        found = [file for item in listing["files"] if (file := _file_of(package, item)) is not None]
        return sorted(found, key=lambda file: (file.version, file.filename))

    def metadata(self, file: IndexFile) -> bytes:
        """The METADATA of a wheel, or the PKG-INFO of an sdist."""
        path = self._cache / file.package / f"{_NOT_IN_A_NAME.sub('_', file.filename)}.metadata"
        return self._kept(path, lambda: self._find_metadata(file))

    def members(self, file: IndexFile, wanted: Callable[[str], bool]) -> zipfile.ZipFile:
        """The wanted files of a wheel or an sdist as an archive, named as inside of it (an sdist's folder left out)."""
        path = self._cache / file.package / f"{_NOT_IN_A_NAME.sub('_', file.filename)}.members.zip"
        if not path.exists():
            self._kept(path, lambda: self._pack(file, wanted))
        return zipfile.ZipFile(path)

    def archive(self, file: IndexFile, chunk: int) -> zipfile.ZipFile:
        """A wheel as an archive, of which `chunk` bytes are asked for at once; nothing of it is kept."""
        return zipfile.ZipFile(self._remote(file, chunk))

    def source_text(self, file: IndexFile, name: str) -> str:
        """The text of one file of the source distribution of a file's release, "" where there is none."""
        sources = [other for other in self.files(file.package) if other.version == file.version and not other.is_wheel]
        for source in sources:
            path = self._cache / file.package / f"{_NOT_IN_A_NAME.sub('_', source.filename)}.{name}.zip"
            content = self._kept(path, partial(self._pack, source, lambda member: member == name))
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if name in archive.namelist():
                    return archive.read(name).decode()
        return ""

    def _find_metadata(self, file: IndexFile) -> bytes:
        if not file.is_wheel:
            with zipfile.ZipFile(io.BytesIO(self._pack(file, lambda name: name == "PKG-INFO"))) as archive:
                return archive.read("PKG-INFO")
        try:
            return self._get(f"{file.url}.metadata")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
        with zipfile.ZipFile(self._remote(file)) as archive:
            name = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
            return archive.read(name)

    def _pack(self, file: IndexFile, wanted: Callable[[str], bool]) -> bytes:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
            for name, content in self._unpack(file, wanted):
                target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        return packed.getvalue()

    def _unpack(self, file: IndexFile, wanted: Callable[[str], bool]) -> list[tuple[str, bytes]]:
        if file.is_wheel:
            with zipfile.ZipFile(self._remote(file)) as archive:
                return [(name, archive.read(name)) for name in archive.namelist() if wanted(name)]
        found = []
        content = self._get(file.url)
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise UnexpectedAnswerError(f"{file.filename}: what was downloaded has another hash than the index states")
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                name = member.name.partition("/")[2]
                stream = archive.extractfile(member) if member.isfile() and wanted(name) else None
                if stream is not None:
                    found.append((name, stream.read()))
        return found

    def _remote(self, file: IndexFile, chunk: int = 1 << 16) -> io.BufferedReader:
        return io.BufferedReader(RemoteFile(lambda first, last: self._range(file.url, first, last)), chunk)

    def _range(self, url: str, first: int, last: int) -> tuple[bytes, int]:
        request = urllib.request.Request(url, headers={"Range": f"bytes={first}-{last}"})
        with self._open(request) as answer:
            stated = re.fullmatch(r"bytes \d+-\d+/(\d+)", answer.headers.get("Content-Range", ""))
            if stated is None:
                raise UnexpectedAnswerError(f"{url}: the index does not serve ranges of bytes")
            return answer.read(), int(stated[1])

    def _get(self, url: str, accept: str = "*/*") -> bytes:
        with self._open(urllib.request.Request(url, headers={"Accept": accept})) as answer:
            content: bytes = answer.read()
        return content

    def _open(self, request: urllib.request.Request) -> Any:
        if self._offline:
            raise UnexpectedAnswerError(
                f"{_name_of(request.full_url)} is not in the cache, and the network is not to be asked"
            )
        if urllib.parse.urlsplit(request.full_url).scheme not in ("http", "https"):
            raise UnexpectedAnswerError(f"only an index on the web can be asked: {_name_of(request.full_url)}")
        time.sleep(PAUSE)
        return urllib.request.urlopen(request, timeout=120, context=self._context)

    def _kept(self, path: Path, fetch: Callable[[], bytes]) -> bytes:
        if path.exists():
            return path.read_bytes()
        content = fetch()
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
        unfinished.write_bytes(content)
        unfinished.replace(path)
        return content


def _name_of(url: str) -> str:
    return urllib.parse.urlsplit(url).path.rsplit("/", 1)[-1] or urllib.parse.urlsplit(url).path


def _file_of(package: str, item: dict[str, Any]) -> IndexFile | None:
    filename = str(item["filename"])
    try:
        if filename.endswith(".whl"):
            _, version, _, _ = parse_wheel_filename(filename)
            stated = "-".join(filename.removesuffix(".whl").split("-")[-3:])
        else:
            _, version = parse_sdist_filename(filename)
            stated = ""
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None  # an egg or an installer for Windows
    return IndexFile(
        package=package,
        version=version,
        filename=filename,
        url=str(item["url"]),
        uploaded=str(item.get("upload-time", ""))[:10],
        requires_python=str(item.get("requires-python") or ""),
        yanked=bool(item.get("yanked")),
        sha256=str(dict(item["hashes"]).get("sha256", "")),
        tags=stated,
    )


def tell(line: str) -> None:
    """Say what is being done."""
    print(line, file=sys.stderr, flush=True)
