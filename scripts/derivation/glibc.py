"""Which C library the parts of a wheel ask for, where its tag promises an older one.

vLLM tagged its wheels manylinux1 up to 0.11.2, whatever they were built on. The names of the versions that a library
asks for (GLIBC_2.29) stand among its first strings, before its code, so that of each the beginning is read.
"""

from __future__ import annotations

import re
import struct
import zipfile
from pathlib import Path
from typing import IO

from packaging.version import Version

from scripts.derivation.index import Index, IndexFile, tell

_TAGS = {"manylinux1": "2.5", "manylinux2010": "2.12", "manylinux2014": "2.17"}
"""PEP 513, 571 and 599; later tags name the version themselves (PEP 600)."""

_OLD = Version("2.28")
"""A tag that promises less than this is from a time before today's build images, and is not believed."""

_NAME = re.compile(rb"GLIBC_(2(?:\.\d+)+)\0")
_LIBRARY = re.compile(r"[^/]+/.*\.so(\.\d+)*")
_MOST = 32 << 20
"""Bytes of a library that are looked through: of vLLM's the names are within the first three megabytes."""
_CHUNK = 1 << 20


def promised(tags: str) -> Version | None:
    """The glibc that the platform tag of a wheel promises to be enough; None for one that names none."""
    match = re.search(r"manylinux_(\d+)_(\d+)_", tags)
    old = next((glibc for name, glibc in _TAGS.items() if f"{name}_" in tags), "")
    text = f"{match[1]}.{match[2]}" if match else old
    return Version(text) if text else None


def needed_beyond_tag(index: Index, file: IndexFile, kept: Path) -> str:
    """The newest glibc that a library of a wheel asks for, "" where the tag promises that, or one that is believed."""
    least = promised(file.tags)
    if least is None or least >= _OLD:
        return ""
    path = kept / "glibc" / f"{file.filename}.txt"
    if not path.exists():
        tell(f"reading the libraries of {file.filename} ...")
        with index.archive(file, _CHUNK) as archive:
            needed = newest_of(archive)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.write_text(needed, encoding="utf-8")
        unfinished.replace(path)
    needed = path.read_text(encoding="utf-8")
    return needed if needed and Version(needed) > least else ""


def newest_of(archive: zipfile.ZipFile) -> str:
    """The newest glibc that any library of a wheel asks for, "" for a wheel without libraries.

    Raises:
        LookupError: in a library that is linked against the C library no version was found.
    """
    found: set[str] = set()
    for name in archive.namelist():
        if _LIBRARY.fullmatch(name):
            with archive.open(name) as stream:
                found |= versions_of(stream, name)
    return max(found, key=Version, default="")


def versions_of(stream: IO[bytes], name: str) -> set[str]:
    """The versions of the C library that stand among the names of an ELF library."""
    content = stream.read(_CHUNK)
    if content[:4] != b"\x7fELF":
        raise LookupError(f"{name}: this is no ELF library")
    end = min(_first_segment(content), _MOST)
    while len(content) < end and (more := stream.read(_CHUNK)):
        content += more
    found = {match[1].decode() for match in _NAME.finditer(content)}
    if not found and b"libc.so.6\0" in content:
        raise LookupError(f"{name}: the versions of the C library that it asks for were not found")
    return found


def _first_segment(content: bytes) -> int:
    """Where the first loaded segment of a file ends, in which all names are (gabi4+, program header)."""
    offset, size, count = (*struct.unpack_from("<Q", content, 32), *struct.unpack_from("<HH", content, 54))
    for place in range(offset, offset + size * count, size):
        kind, _, start, _, _, length = struct.unpack_from("<IIQQQQ", content, place)
        if kind == 1:
            return int(start + length)
    return _MOST
