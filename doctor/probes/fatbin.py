"""The CUDA code inside a library: for which architectures, without reading the code.

The section .nv_fatbin is a row of containers, each with a header and entries whose own headers
say what they hold (the layout is that of fatbinary_section.h and of what cuobjdump prints).
"""

from __future__ import annotations

import struct

from doctor.probes.elf import ElfError, ElfFile

_CONTAINER = struct.Struct("<IHHQ")
_ENTRY = struct.Struct("<HHIQIIHHI")
_MAGIC = 0xBA55ED50
_KINDS = {1: "compute", 2: "sm"}
_MOST_HEADERS = 100_000
_LARGEST_GAP = 4096


class TooManyKernelsError(ElfError):
    """The library holds more kernels than are walked in a check."""


def architectures(elf: ElfFile) -> tuple[str, ...]:
    """Return the architectures of a library's CUDA code, oldest first: ``sm_90``, ``compute_90``.

    ``sm`` is compiled code, ``compute`` is PTX that the driver compiles. Empty without CUDA
    code. An architecture-specific variant (``sm_90a``) is named like its base.

    Raises:
        ElfError: the section is not built as expected, or holds too much.
    """
    found: set[tuple[str, int]] = set()
    for section in elf.sections():
        if section.name in (".nv_fatbin", "__nv_relfatbin"):
            _walk(elf, section.offset, section.offset + section.size, found)
    return tuple(f"{kind}_{number}" for kind, number in sorted(found, key=lambda item: (item[0] != "sm", item[1])))


def _walk(elf: ElfFile, place: int, end: int, found: set[tuple[str, int]]) -> None:
    for _ in range(_MOST_HEADERS):
        if place + _CONTAINER.size > end:
            return
        magic, _, header, size = _CONTAINER.unpack(elf.read(place, _CONTAINER.size))
        if magic != _MAGIC:
            following = _next_container(elf, place, end)
            if following is None:
                return
            place = following
            continue
        _walk_entries(elf, place + header, place + header + size, found)
        place = (place + header + size + 7) // 8 * 8
    raise TooManyKernelsError(f"it holds more than {_MOST_HEADERS} CUDA containers")


def _next_container(elf: ElfFile, place: int, end: int) -> int | None:
    """Skip the zeros between containers."""
    gap = elf.read(place, min(_LARGEST_GAP, end - place))
    at = gap.find(_MAGIC.to_bytes(4, "little"))
    if at > 0:
        return place + at
    if any(gap):
        raise ElfError("its CUDA code is not laid out as expected")
    return place + len(gap) if place + len(gap) < end else None


def _walk_entries(elf: ElfFile, place: int, end: int, found: set[tuple[str, int]]) -> None:
    for _ in range(_MOST_HEADERS):
        if place + _ENTRY.size > end:
            return
        kind, _, header, size, _, _, _, _, number = _ENTRY.unpack(elf.read(place, _ENTRY.size))
        if not header:
            raise ElfError("its CUDA code is not laid out as expected")
        if kind in _KINDS:
            found.add((_KINDS[kind], number))
        place += header + size
    raise TooManyKernelsError(f"a CUDA container of it holds more than {_MOST_HEADERS} kernels")
