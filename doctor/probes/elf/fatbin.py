"""The CUDA code inside a library: for which architectures, without reading the code.

The section .nv_fatbin is a row of containers, each with a header and entries whose own headers
say what they hold (the layout is that of fatbinary_section.h and of what cuobjdump prints).
The flags that mark a variant were read off vLLM 0.32.0's libraries: cuobjdump calls exactly the
kernels with the first one ``sm_90a``, and the code of exactly those with the second one names
``sm_120f`` as its target.
"""

from __future__ import annotations

import struct

from doctor.core.machine.architecture import Architecture
from doctor.probes.elf.elf import ElfError, ElfFile

_CONTAINER = struct.Struct("<IHHQ")
# Kind, version, size of the header and of the code, two of compression, minor and major version,
# architecture, place and length of a name, flags.
_ENTRY = struct.Struct("<HHIQIIHHIIIQ")
_MAGIC = 0xBA55ED50
_PTX, _CUBIN = 1, 2
_SUFFIXES = {0x100000: "a", 0x200000: "f"}
_MOST_HEADERS = 100_000
_LARGEST_GAP = 4096


class TooManyKernelsError(ElfError):
    """The library holds more kernels than are walked in a check."""


def architectures(elf: ElfFile) -> tuple[str, ...]:
    """Return the architectures of a library's CUDA code, oldest first: ``sm_90``, ``compute_90``.

    ``sm`` is compiled code, ``compute`` is PTX that the driver compiles; ``sm_90a`` runs on that
    architecture only, ``sm_100f`` on its family. Empty without CUDA code.

    Raises:
        ElfError: the section is not built as expected, or holds too much.
    """
    found: set[Architecture] = set()
    sections = elf.sections()
    if not sections:
        raise ElfError("its section table was removed, so CUDA code in it cannot be found")
    for section in sections:
        if section.name in (".nv_fatbin", "__nv_relfatbin"):
            _walk(elf, section.offset, section.offset + section.size, found)
    return tuple(str(item) for item in sorted(found, key=lambda item: (item.ptx, item)))


def _walk(elf: ElfFile, place: int, end: int, found: set[Architecture]) -> None:
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


def _walk_entries(elf: ElfFile, place: int, end: int, found: set[Architecture]) -> None:
    for _ in range(_MOST_HEADERS):
        if place + _ENTRY.size > end:
            return
        kind, _, header, size, _, _, _, _, number, _, _, flags = _ENTRY.unpack(elf.read(place, _ENTRY.size))
        if header < _ENTRY.size:
            raise ElfError("its CUDA code is not laid out as expected")
        if kind in (_PTX, _CUBIN):
            suffix = next((letter for bit, letter in _SUFFIXES.items() if flags & bit), "")
            found.add(Architecture(number // 10, number % 10, suffix, ptx=kind == _PTX))
        place += header + size
    raise TooManyKernelsError(f"a CUDA container of it holds more than {_MOST_HEADERS} kernels")
