"""Reading shared libraries as ELF: headers, segments and sections, and nothing else.

Everything is read with `os.pread` from a descriptor: a mapping of a truncated file would raise
SIGBUS, and torch's libraries are close to a gigabyte. The layout is that of the System V ABI
(https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html); pyelftools parses the same
structures, but its import alone takes longer than reading every library of an environment (see
the tests, which hold the two against each other).
"""

from __future__ import annotations

import os
import struct

from doctor.core.frozen import frozen
from doctor.probes.regular_file import open_regular

MACHINES = {"x86_64": 62, "AMD64": 62, "aarch64": 183, "arm64": 183, "ppc64le": 21, "riscv64": 243}
"""`platform.machine()` to the e_machine number of its libraries."""

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")

_PT_LOAD, _PT_DYNAMIC = 1, 2
_SHT_NOBITS = 8

# Mach-O of both byte orders, universal binaries, and PE.
_OTHER_SYSTEMS = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")

LONGEST_NAME = 1 << 16
"""Bytes of a name or a table of section names; a damaged count must not make us read for minutes."""


class ElfError(Exception):
    """The file is not an ELF library that can be read; the text says in what way."""


class CutElfError(ElfError):
    """The file ends before what its own headers announce.

    `loadable` is true where the loader does not read what is gone.
    """

    def __init__(self, text: str, *, loadable: bool = False) -> None:
        super().__init__(text)
        self.loadable = loadable


class ForeignElfError(ElfError):
    """It is a library of another kind of machine: of another word size, byte order or system."""


@frozen
class Segment:
    """A part of the file that is loaded: offset and size in the file, address in memory."""

    offset: int
    address: int
    size: int


@frozen
class Section:
    """A named part of the file: offset and size in bytes."""

    name: str
    offset: int
    size: int


class ElfFile:
    """A 64-bit little-endian ELF file, opened for reading.

    `segments` are the parts that are loaded; `dynamic_segment` is the offset and size in the file
    of the dynamic section, None when it has none; `machine` is its e_machine number.

    Raises:
        OSError: the file cannot be opened, or is a pipe or a device.
        ElfError: it is not such a file, or its headers point outside of it.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._descriptor = open_regular(path)
        try:
            self.size = os.fstat(self._descriptor).st_size
            self._read_headers()
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> ElfFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def read(self, offset: int, count: int) -> bytes:
        """Return `count` bytes from `offset` of the file.

        Raises:
            CutElfError: the file ends before.
        """
        if not 0 <= offset <= self.size - count:
            raise CutElfError(f"it has {self.size} bytes, and its tables point to byte {offset + count}")
        content = os.pread(self._descriptor, count, offset)
        if len(content) < count:
            raise CutElfError(f"it ended at byte {offset + len(content)} while it was read")
        return content

    def _read_headers(self) -> None:
        start = os.pread(self._descriptor, 4096, 0)
        if not start:
            raise CutElfError("it is empty")
        if start.startswith(_OTHER_SYSTEMS):
            raise ForeignElfError("it is a library of macOS or Windows")
        if start[:4] != b"\x7fELF":
            raise ElfError("it does not begin like an ELF file")
        if len(start) < _HEADER.size:
            raise CutElfError(f"it has {len(start)} bytes, less than an ELF header")
        if start[4:6] != b"\x02\x01":
            raise ForeignElfError("it is an ELF file of another word size or byte order")
        header = _HEADER.unpack_from(start)
        self.machine: int = header[2]
        program_offset, self._section_offset = header[5], header[6]
        program_size, program_count = header[9], header[10]
        self._section_size, self._section_count, self._names_index = header[11:14]
        if program_count and program_size != _PROGRAM.size:
            raise ElfError(f"its program headers have {program_size} bytes each instead of {_PROGRAM.size}")
        table = self.read(program_offset, program_size * program_count)
        programs = [_PROGRAM.unpack_from(table, index * program_size) for index in range(program_count)]
        self.segments = tuple(
            Segment(offset=row[2], address=row[3], size=row[5]) for row in programs if row[0] == _PT_LOAD
        )
        self.dynamic_segment = next(((row[2], row[5]) for row in programs if row[0] == _PT_DYNAMIC), None)

    def check_extent(self) -> None:
        """Check that the file is as long as its headers say.

        Raises:
            CutElfError: a segment that is loaded, or the section table, lies beyond its end.
        """
        end = max((segment.offset + segment.size for segment in self.segments), default=0)
        if end > self.size:
            raise CutElfError(f"it has {self.size} bytes, and its loaded segments reach to byte {end}")
        end = self._section_offset + self._section_size * self._section_count
        if self._section_offset and end > self.size:
            text = f"it has {self.size} bytes, and its section table reaches to byte {end}"
            raise CutElfError(text, loadable=True)

    def offset_of(self, address: int) -> int:
        """Return the place in the file of what is loaded at `address`.

        Raises:
            ElfError: no segment holds that address.
        """
        for segment in self.segments:
            if segment.address <= address < segment.address + segment.size:
                return address - segment.address + segment.offset
        raise ElfError(f"its tables point to address {address:#x}, which no segment holds")

    def sections(self) -> tuple[Section, ...]:
        """The section table; empty where it was stripped."""
        if not self._section_offset or self._section_size != _SECTION.size:
            return ()
        table = self.read(self._section_offset, self._section_size * self._section_count)
        rows = list(_SECTION.iter_unpack(table))
        if self._names_index >= len(rows):
            return ()
        names_offset, names_size = rows[self._names_index][4:6]
        names = self.read(names_offset, min(names_size, LONGEST_NAME))
        return tuple(
            Section(name=_text_at(names, row[0]).decode("ascii", "replace"), offset=row[4], size=row[5])
            for row in rows
            if row[1] != _SHT_NOBITS
        )


def _text_at(table: bytes, index: int) -> bytes:
    end = table.find(b"\0", index)
    return table[index : end if end >= 0 else len(table)]
