"""Shared libraries written by hand, in which tables say what no linker writes."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

_HEADER, _PROGRAM, _ENTRY = struct.Struct("<HHIQQQIHHHHHH"), struct.Struct("<IIQQQQQQ"), struct.Struct("<qQ")
_NEEDED, _STRINGS, _STRINGS_SIZE, _VERSIONS, _LIBRARIES = 1, 5, 10, 0x6FFFFFFE, 0x6FFFFFFF


def write_library(
    path: Path,
    *,
    needed: int = 0,
    libraries: int = 1,
    versions: Iterable[tuple[int, int, int]] = (),
    name: bytes = b"GLIBC_2.9",
) -> Path:
    """Write a library that needs its only name `needed` times, and as a version.

    `versions` are of each library the number of versions that it is said to have, the step to the next of them,
    and the step to the next library; the number of libraries is said to be `libraries`.
    """
    start = 64 + 2 * _PROGRAM.size
    strings = b"\0" + name + b"\0"
    table = b"".join(
        struct.pack("<HHIIIIHHII", 1, count, 1, 16, following, 0, 0, 2, 1, step) for count, step, following in versions
    )
    count = needed + 5
    place = start + _ENTRY.size * count
    tags = [(_NEEDED, 1)] * needed + [(_STRINGS, place), (_STRINGS_SIZE, len(strings))]
    tags += [(_VERSIONS, place + len(strings)), (_LIBRARIES, libraries), (0, 0)]
    dynamic = b"".join(_ENTRY.pack(*tag) for tag in tags)
    size = place + len(strings) + len(table) + 4096
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + _HEADER.pack(
        3, 62, 1, 0, 64, 0, 0, 64, _PROGRAM.size, 2, 64, 0, 0
    )
    programs = _PROGRAM.pack(1, 5, 0, 0, 0, size, size, 4096)
    programs += _PROGRAM.pack(2, 6, start, start, start, len(dynamic), len(dynamic), 8)
    path.write_bytes(header + programs + dynamic + strings + table + bytes(4096))
    return path
