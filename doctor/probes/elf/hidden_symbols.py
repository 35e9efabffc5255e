"""What the environment's libraries need of a library, and a foreign one of the same name lacks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from doctor.probes.elf.dynamic import Dynamic
from doctor.probes.elf.elf import ElfError, ElfFile
from doctor.probes.elf.symbols import SymbolTable

_ANY = re.compile(rb".")
_SHOWN = 4


def symbols_missing(foreign: Path, own: Path, users: Iterable[Path]) -> tuple[str, ...]:
    """Return the first few symbols that `users` need and find in `own`, and would not in `foreign`.

    A library that cannot be read names nothing: that it is hidden is a finding without it.
    """
    missing: list[str] = []
    try:
        with ElfFile(os.fspath(own)) as right, ElfFile(os.fspath(foreign)) as wrong:
            here, there = SymbolTable(Dynamic(right)), SymbolTable(Dynamic(wrong))
            for name in _needed(users, own.name):
                if here.defines(name) and not there.defines(name):
                    missing.append(name.decode(errors="replace"))
                    if len(missing) == _SHOWN:
                        break
    except (OSError, ElfError):
        return tuple(missing)
    return tuple(missing)


def _needed(users: Iterable[Path], library: str) -> Iterator[bytes]:
    """The undefined symbols of those `users` that need `library`, each once."""
    seen: set[bytes] = set()
    for user in users:
        try:
            with ElfFile(os.fspath(user)) as elf:
                dynamic = Dynamic(elf)
                names = SymbolTable(dynamic).undefined(_ANY) if library in dynamic.needed else ()
        except (OSError, ElfError):  # a damaged library is a finding of its own
            continue
        yield from (name for name in names if name not in seen)
        seen.update(names)
