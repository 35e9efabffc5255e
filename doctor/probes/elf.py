"""Reading shared libraries as ELF: the tables the dynamic loader uses, and nothing else.

Everything is read with `os.pread` from a descriptor: a mapping of a truncated file would raise
SIGBUS, and torch's libraries are close to a gigabyte. The layout is that of the System V ABI
(https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html); pyelftools parses the same
structures, but its import alone takes longer than reading every library of an environment (see
the tests, which hold the two against each other).
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from doctor.probes.regular_file import open_regular

MACHINES = {"x86_64": 62, "AMD64": 62, "aarch64": 183, "arm64": 183, "ppc64le": 21, "riscv64": 243}
"""`platform.machine()` to the e_machine number of its libraries."""

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_PROGRAM = struct.Struct("<IIQQQQQQ")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_DYNAMIC = struct.Struct("<qQ")
SYMBOL = struct.Struct("<IBBHQQ")
_VERNEED = struct.Struct("<HHIII")
_VERNAUX = struct.Struct("<IHHII")

_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ = 1, 4, 5, 6, 10
_DT_SONAME, _DT_RPATH, _DT_RUNPATH = 14, 15, 29
_DT_GNU_HASH, _DT_VERNEED, _DT_VERNEEDNUM = 0x6FFFFEF5, 0x6FFFFFFE, 0x6FFFFFFF
_VER_FLG_WEAK = 2
_SHT_NOBITS = 8

# Mach-O of both byte orders, universal binaries, and PE.
_OTHER_SYSTEMS = (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")
_GLIBC = re.compile(rb"^GLIBC_(\d+(?:\.\d+)+)$")

# Larger tables than these do not occur; a damaged count must not make us read for minutes.
_MOST_DYNAMIC = 1 << 20
_LONGEST_NAME = 1 << 16
_MOST_VERSIONS = 512


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of the file that is loaded: offset and size in the file, address in memory."""

    offset: int
    address: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A named part of the file: offset and size in bytes."""

    name: str
    offset: int
    size: int


class ElfFile:
    """A 64-bit little-endian ELF file, opened for reading.

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

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
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
        self._dynamic = next(((row[2], row[5]) for row in programs if row[0] == _PT_DYNAMIC), None)

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
        names = self.read(names_offset, min(names_size, _LONGEST_NAME))
        return tuple(
            Section(name=_text_at(names, row[0]).decode("ascii", "replace"), offset=row[4], size=row[5])
            for row in rows
            if row[1] != _SHT_NOBITS
        )

    def dynamic(self) -> Dynamic:
        """What the dynamic section says; of a file without one, an empty one."""
        if self._dynamic is None:
            return Dynamic(self, {})
        offset, size = self._dynamic
        tags: dict[int, list[int]] = {}
        table = self.read(offset, min(size, _MOST_DYNAMIC) // _DYNAMIC.size * _DYNAMIC.size)
        for tag, value in _DYNAMIC.iter_unpack(table):
            if tag == 0:
                break
            tags.setdefault(tag, []).append(value)
        return Dynamic(self, tags)


class Dynamic:
    """The dynamic section of a library: what it needs and where its symbols lie."""

    def __init__(self, elf: ElfFile, tags: dict[int, list[int]]) -> None:
        self.elf = elf
        self._tags = tags
        self._strings_offset = self._offset(_DT_STRTAB)
        self.strings_size = tags.get(_DT_STRSZ, [0])[0]
        self.symbols_offset = self._offset(_DT_SYMTAB)
        self.gnu_hash_offset = self._offset(_DT_GNU_HASH)
        self.hash_offset = self._offset(_DT_HASH)

    def _offset(self, tag: int) -> int | None:
        values = self._tags.get(tag)
        return self.elf.offset_of(values[0]) if values else None

    @property
    def has_hash_table(self) -> bool:
        """Whether symbols can be looked up in it."""
        return self.gnu_hash_offset is not None or self.hash_offset is not None

    @property
    def needed(self) -> tuple[str, ...]:
        """The libraries of DT_NEEDED, in their order."""
        return tuple(self._text(value) for value in self._tags.get(_DT_NEEDED, ()))

    @property
    def soname(self) -> str:
        """The name that others need it by, or ""."""
        return next((self._text(value) for value in self._tags.get(_DT_SONAME, ())), "")

    @property
    def search_path(self) -> tuple[str, ...]:
        """The folders of RUNPATH or, where it has none, of RPATH, with ``$ORIGIN`` replaced."""
        values = self._tags.get(_DT_RUNPATH) or self._tags.get(_DT_RPATH) or ()
        origin = os.fspath(Path(self.elf.path).absolute().parent)
        folders = [folder for value in values for folder in self._text(value).split(":") if folder]
        return tuple(re.sub(r"\$(?:ORIGIN\b|\{ORIGIN\})", lambda _: origin, folder) for folder in folders)

    @property
    def searched_first(self) -> bool:
        """Whether `search_path` counts before LD_LIBRARY_PATH: an RPATH does, a RUNPATH does not (ld.so(8))."""
        return _DT_RPATH in self._tags and _DT_RUNPATH not in self._tags

    def glibc(self) -> str:
        """The newest GLIBC version that it cannot do without, or "" (.gnu.version_r)."""
        found = [match[1].decode() for name in self._versions() if (match := _GLIBC.match(name))]
        return max(found, key=lambda text: [int(part) for part in text.split(".")], default="")

    def _versions(self) -> Iterator[bytes]:
        offset = self._offset(_DT_VERNEED)
        if offset is None:
            return
        for _ in range(min(self._tags.get(_DT_VERNEEDNUM, [0])[0], _MOST_VERSIONS)):
            _, count, _, first, following = _VERNEED.unpack(self.elf.read(offset, _VERNEED.size))
            place = offset + first
            for _ in range(min(count, _MOST_VERSIONS)):
                _, flags, _, name, step = _VERNAUX.unpack(self.elf.read(place, _VERNAUX.size))
                if not flags & _VER_FLG_WEAK:
                    yield self.name_at(name)
                place += step
            offset += following

    def name_at(self, index: int) -> bytes:
        """Return the string at `index` of the string table.

        Raises:
            ElfError: it lies outside of the table or the file.
        """
        if self._strings_offset is None or index >= self.strings_size:
            raise ElfError(f"a name lies at byte {index} of a string table of {self.strings_size}")
        length = 256
        while True:
            text = self.elf.read(self._strings_offset + index, min(length, self.strings_size - index))
            end = text.find(b"\0")
            if end >= 0:
                return text[:end]
            if length >= min(self.strings_size - index, _LONGEST_NAME):
                raise ElfError("a name of its string table does not end")
            length *= 8

    def names(self) -> bytes:
        """The whole string table.

        Raises:
            ElfError: there is none.
        """
        if self._strings_offset is None:
            raise ElfError("it has no string table")
        return self.elf.read(self._strings_offset, self.strings_size)

    def _text(self, index: int) -> str:
        return self.name_at(index).decode("utf-8", "surrogateescape")


def _text_at(table: bytes, index: int) -> bytes:
    end = table.find(b"\0", index)
    return table[index : end if end >= 0 else len(table)]
