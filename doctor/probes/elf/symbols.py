"""Dynamic symbols of a library: which ones it leaves undefined, and whether it defines a name.

A library like libtorch_cpu.so exports some 200,000 symbols; a name is looked up the way that the
dynamic loader does it, through the hash table, so that a few dozen bytes are read instead of 60 MB
(https://flapenguin.me/elf-dt-gnu-hash, https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from doctor.probes.elf.dynamic import Dynamic
from doctor.probes.elf.elf import ElfError

_SYMBOL = struct.Struct("<IBBHQQ")
_WORD = struct.Struct("<I")
_WORDS = struct.Struct("<II")
_BLOOM = struct.Struct("<Q")
_GNU_HEADER = struct.Struct("<IIII")
_STB_GLOBAL = 1
_MOST_SYMBOLS = 1 << 22
_LONGEST_CHAIN = 1 << 16
_LARGEST_NAMES = 1 << 24


def gnu_hash(name: bytes) -> int:
    """The hash of a symbol's name in DT_GNU_HASH."""
    value = 5381
    for byte in name:
        value = (value * 33 + byte) & 0xFFFFFFFF
    return value


def sysv_hash(name: bytes) -> int:
    """The hash of a symbol's name in DT_HASH."""
    value = 0
    for byte in name:
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high & 0xFFFFFFFF
    return value


class SymbolTable:
    """The dynamic symbols of one library.

    Raises:
        ElfError: it has no symbol table or no hash table.
    """

    def __init__(self, dynamic: Dynamic) -> None:
        self._dynamic = dynamic
        self._elf = dynamic.elf
        self.path = dynamic.elf.path
        if dynamic.symbols_offset is None:
            raise ElfError("it has no dynamic symbols")
        self._symbols = dynamic.symbols_offset
        if dynamic.gnu_hash_offset is not None:
            header = _GNU_HEADER.unpack(self._elf.read(dynamic.gnu_hash_offset, _GNU_HEADER.size))
            self._first_hashed: int = header[1]
            self._buckets_count, _, self._bloom_count, self._bloom_shift = header
            self._bloom = dynamic.gnu_hash_offset + _GNU_HEADER.size
            self._buckets = self._bloom + self._bloom_count * _BLOOM.size
            self._chains = self._buckets + self._buckets_count * _WORD.size
        elif dynamic.hash_offset is not None:
            counts = _WORDS.unpack(self._elf.read(dynamic.hash_offset, _WORDS.size))
            self._chain_count: int = counts[1]
            self._buckets_count = counts[0]
            self._buckets = dynamic.hash_offset + _WORDS.size
            self._chains = self._buckets + self._buckets_count * _WORD.size
        else:
            raise ElfError("it has no hash table of its symbols")

    def defines(self, name: bytes) -> bool:
        """Whether the library exports a definition of `name`.

        Raises:
            ElfError: the table leads outside of the file.
        """
        if self._buckets_count == 0:
            return False
        candidates = self._gnu_candidates if self._dynamic.gnu_hash_offset is not None else self._sysv_candidates
        for index in candidates(name):
            row = _SYMBOL.unpack(self._elf.read(self._symbols + index * _SYMBOL.size, _SYMBOL.size))
            # st_shndx 0 is an undefined symbol, which an old hash table lists too.
            if row[3] and self._dynamic.name_at(row[0]) == name:
                return True
        return False

    def _word(self, offset: int) -> int:
        value: int = _WORD.unpack(self._elf.read(offset, _WORD.size))[0]
        return value

    def _gnu_candidates(self, name: bytes) -> Iterator[int]:
        wanted = gnu_hash(name)
        if self._bloom_count:
            place = self._bloom + wanted // 64 % self._bloom_count * _BLOOM.size
            bits = _BLOOM.unpack(self._elf.read(place, _BLOOM.size))[0]
            if not (bits >> wanted % 64) & (bits >> (wanted >> self._bloom_shift) % 64) & 1:
                return
        index = self._word(self._buckets + wanted % self._buckets_count * _WORD.size)
        if index < self._first_hashed:
            return
        for step in range(index, index + _LONGEST_CHAIN):
            found = self._word(self._chains + (step - self._first_hashed) * _WORD.size)
            if found | 1 == wanted | 1:
                yield step
            if found & 1:
                return

    def _sysv_candidates(self, name: bytes) -> Iterator[int]:
        index = self._word(self._buckets + sysv_hash(name) % self._buckets_count * _WORD.size)
        for _ in range(_LONGEST_CHAIN):
            if index == 0:
                return
            yield index
            index = self._word(self._chains + index * _WORD.size)

    def _undefined_end(self) -> int:
        """The number of symbols among which the undefined ones are.

        DT_GNU_HASH lists the defined ones only, and they come last in the table.
        """
        if self._dynamic.gnu_hash_offset is None:
            return self._chain_count
        # A library that exports nothing has an empty hash table that covers no symbols: GNU ld
        # then states 1 as the first hashed symbol, and the table's real length is not stated.
        if any(self._elf.read(self._buckets, self._buckets_count * _WORD.size)):
            return self._first_hashed
        section = next((item for item in self._elf.sections() if item.name == ".dynsym"), None)
        if section is None:
            raise ElfError("it exports nothing and has no section table, so its symbols cannot be counted")
        return section.size // _SYMBOL.size

    def undefined(self, wanted: re.Pattern[bytes]) -> tuple[bytes, ...]:
        """The names of undefined symbols that match `wanted`; weak ones may stay undefined.

        Raises:
            ElfError: the tables lead outside of the file.
        """
        count = self._undefined_end()
        if count > _MOST_SYMBOLS:
            raise ElfError(f"it claims to have {count} symbols")
        table = self._elf.read(self._symbols, count * _SYMBOL.size)
        places = [row[0] for row in _SYMBOL.iter_unpack(table) if row[3] == 0 and row[1] >> 4 == _STB_GLOBAL]
        if self._dynamic.strings_size > _LARGEST_NAMES:
            names = [self._dynamic.name_at(place) for place in places]
        else:
            strings = self._dynamic.names()
            names = [strings[place : strings.find(b"\0", place)] for place in places]
        return tuple(name for name in names if wanted.match(name))
