"""The dynamic section of a library: what the loader is told of it.

https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from doctor.probes.elf.elf import LONGEST_NAME, ElfError, ElfFile

_ENTRY = struct.Struct("<qQ")
_VERDEF = struct.Struct("<HHHHIII")
_VERNEED = struct.Struct("<HHIII")
_VERNAUX = struct.Struct("<IHHII")
_VERDAUX = struct.Struct("<I4x")

_DT_NEEDED, _DT_HASH, _DT_STRTAB, _DT_SYMTAB, _DT_STRSZ = 1, 4, 5, 6, 10
_DT_RPATH, _DT_RUNPATH = 15, 29
_DT_GNU_HASH, _DT_VERNEED, _DT_VERNEEDNUM = 0x6FFFFEF5, 0x6FFFFFFE, 0x6FFFFFFF
_DT_VERDEF, _DT_VERDEFNUM = 0x6FFFFFFC, 0x6FFFFFFD
_VER_FLG_WEAK = 2

_NUMBERS = re.compile(r"\d{1,9}(?:\.\d{1,9})+")

# Larger tables than these do not occur; a damaged count must not make us read for minutes.
_LARGEST_TABLE = 1 << 20
_MOST_VERSIONS = 1024
_MOST_TEXTS = 1024


class Dynamic:
    """What a library needs and where its symbols lie; empty where it has no dynamic section.

    Raises:
        ElfError: the section leads outside of the file.
    """

    def __init__(self, elf: ElfFile) -> None:
        self.elf = elf
        self._tags = tags = _read_tags(elf)
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
        return self._texts(self._tags.get(_DT_NEEDED, []))

    @property
    def search_path(self) -> tuple[str, ...]:
        """The folders of RUNPATH or, where it has none, of RPATH, with ``$ORIGIN`` replaced."""
        values = self._tags.get(_DT_RUNPATH) or self._tags.get(_DT_RPATH)
        if not values:
            return ()
        origin = os.fspath(Path(self.elf.path).absolute().parent)
        folders = [folder for text in self._texts(values) for folder in text.split(":") if folder]
        return tuple(re.sub(r"\$(?:ORIGIN\b|\{ORIGIN\})", lambda _: origin, folder) for folder in folders)

    @property
    def searched_first(self) -> bool:
        """Whether `search_path` counts before LD_LIBRARY_PATH: an RPATH does, a RUNPATH does not (ld.so(8))."""
        return _DT_RPATH in self._tags and _DT_RUNPATH not in self._tags

    def newest(self, *prefixes: str) -> tuple[str, ...]:
        """Of each kind of version, such as ``GLIBC_``, the newest that it cannot do without, or "" (.gnu.version_r)."""
        names = [name.decode("ascii", "replace") for name in self._needed_versions()]
        return tuple(
            _newest(name.removeprefix(prefix) for name in names if name.startswith(prefix)) for prefix in prefixes
        )

    def defined_versions(self) -> Iterator[bytes]:
        """Yield the versions that it defines (.gnu.version_d).

        Raises:
            ElfError: the table leads outside of the file.
        """
        offset = self._offset(_DT_VERDEF)
        if offset is None:
            return
        for _ in range(_count(self._tags.get(_DT_VERDEFNUM, [0])[0])):
            _, _, _, _, _, first, following = _VERDEF.unpack(self.elf.read(offset, _VERDEF.size))
            # Of each definition the first name is its own, and the others are those that it builds on.
            (name,) = _VERDAUX.unpack(self.elf.read(offset + first, _VERDAUX.size))
            yield self.name_at(name)
            if not following:  # the last
                return
            offset += following

    def _needed_versions(self) -> Iterator[bytes]:
        offset = self._offset(_DT_VERNEED)
        if offset is None:
            return
        total = 0
        for _ in range(_count(self._tags.get(_DT_VERNEEDNUM, [0])[0])):
            _, count, _, first, following = _VERNEED.unpack(self.elf.read(offset, _VERNEED.size))
            total = _count(total + count)
            yield from self._versions_of_one(offset + first, count)
            if not following:
                return
            offset += following

    def _versions_of_one(self, place: int, count: int) -> Iterator[bytes]:
        """Yield what is needed of one library."""
        for _ in range(count):
            _, flags, _, name, step = _VERNAUX.unpack(self.elf.read(place, _VERNAUX.size))
            if not flags & _VER_FLG_WEAK:
                yield self.name_at(name)
            if not step:
                return
            place += step

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
            if length >= min(self.strings_size - index, LONGEST_NAME):
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

    def _texts(self, indexes: Sequence[int]) -> tuple[str, ...]:
        if len(indexes) > _MOST_TEXTS:
            raise ElfError(f"its dynamic section names {len(indexes)} libraries or folders")
        return tuple(self.name_at(index).decode("utf-8", "surrogateescape") for index in indexes)


def _count(versions: int) -> int:
    if versions > _MOST_VERSIONS:
        raise ElfError(f"it states {versions} versions of symbols")
    return versions


def _newest(numbers: Iterable[str]) -> str:
    whole = [text for text in numbers if _NUMBERS.fullmatch(text)]
    return max(whole, key=lambda text: [int(part) for part in text.split(".")], default="")


def _read_tags(elf: ElfFile) -> dict[int, list[int]]:
    tags: dict[int, list[int]] = {}
    if elf.dynamic_segment is None:
        return tags
    offset, size = elf.dynamic_segment
    table = elf.read(offset, min(size, _LARGEST_TABLE) // _ENTRY.size * _ENTRY.size)
    for tag, value in _ENTRY.iter_unpack(table):
        if tag == 0:
            break
        tags.setdefault(tag, []).append(value)
    return tags
