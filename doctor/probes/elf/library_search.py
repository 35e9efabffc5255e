"""Where the dynamic loader looks for a library that another one needs.

The order is that of ld.so(8): the folders that the library itself names, LD_LIBRARY_PATH, the
cache, the default folders (https://man7.org/linux/man-pages/man8/ld.so.8.html). What is loaded
already is not looked for, so the folders of what torch loads at its start count as well.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

CACHE = Path("/etc/ld.so.cache")
DEFAULT_FOLDERS = ("/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib")

_CACHE_MAGIC = b"glibc-ld.so.cache1.1"
_CACHE_HEADER = struct.Struct("<20sII5I")
_CACHE_ENTRY = struct.Struct("<iIIIQ")
_OLD_CACHE_MAGIC = b"ld.so-1.7.0\0"
# The second byte of an entry's flags says for which machine the library is (glibc, ldconfig.h).
_CACHE_MACHINES = {0x03: "x86_64", 0x00: "i386", 0x0A: "aarch64"}


class LibrarySearch:
    """Finds libraries by name; folders are listed once.

    `environ` are the variables of the process that would load them, `loaded` the folders whose
    libraries are loaded by then, `machine` the processor (``x86_64``).
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        loaded: Iterable[str],
        machine: str,
        *,
        cache: Path = CACHE,
        defaults: Iterable[str] = DEFAULT_FOLDERS,
    ) -> None:
        variable = [folder for folder in environ.get("LD_LIBRARY_PATH", "").replace(";", ":").split(":") if folder]
        multiarch = [f"{folder}/{machine}-linux-gnu" for folder in ("/lib", "/usr/lib")]
        self._before = (*variable, *loaded)
        self._after = (*defaults, *multiarch)
        self._cached = cached_libraries(cache, machine)
        self._listed: dict[str, frozenset[str]] = {}

    def find(self, name: str, search_path: Iterable[str]) -> str:
        """Return the path of the library `name` for one that names the folders `search_path`, or ""."""
        if "/" in name:
            return name if Path(name).exists() else ""
        for folder in (*search_path, *self._before):
            if name in self._list(folder):
                return f"{folder}/{name}"
        cached = self._cached.get(name, "")
        # A path that has gone since ldconfig ran is no library.
        if cached and os.path.exists(cached):  # noqa: PTH110 - what may not be looked at is no library either
            return cached
        return next((f"{folder}/{name}" for folder in self._after if name in self._list(folder)), "")

    def _list(self, folder: str) -> frozenset[str]:
        if folder not in self._listed:
            self._listed[folder] = frozenset(names_in(folder))
        return self._listed[folder]


def names_in(folder: str | os.PathLike[str]) -> list[str]:
    """The names in a folder, sorted; none where it cannot be listed, which the loader passes over too."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries)
    except OSError:
        return []


def cached_libraries(cache: Path, machine: str) -> dict[str, str]:
    """Return name and path of what ldconfig found, gone or not; empty where there is no cache (musl, Nix)."""
    try:
        content = cache.read_bytes()
    except OSError:
        return {}
    start = 0
    if content.startswith(_OLD_CACHE_MAGIC):
        # The old table comes first; the new one follows it, aligned.
        start = max(content.find(_CACHE_MAGIC), 0)
    if content[start : start + len(_CACHE_MAGIC)] != _CACHE_MAGIC or len(content) < start + _CACHE_HEADER.size:
        return {}
    count = _CACHE_HEADER.unpack_from(content, start)[1]
    found: dict[str, str] = {}
    place, size = start + _CACHE_HEADER.size, _CACHE_ENTRY.size
    for offset in range(place, min(place + count * size, len(content) - size + 1), size):
        flags, name, path, _, _ = _CACHE_ENTRY.unpack_from(content, offset)
        if _CACHE_MACHINES.get(flags >> 8 & 0xFF, machine) == machine:
            found.setdefault(_text(content, start + name), _text(content, start + path))
    return {name: path for name, path in found.items() if path.startswith("/")}


def _text(content: bytes, place: int) -> str:
    return content[place : max(content.find(b"\0", place), place)].decode("utf-8", "surrogateescape")
