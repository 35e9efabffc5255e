"""The C++ runtime that extensions would meet: which libstdc++ the loader takes, and which versions it defines."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.target import Target
from doctor.probes.attempt import reason_of
from doctor.probes.elf.dynamic import Dynamic
from doctor.probes.elf.elf import ElfError, ElfFile
from doctor.probes.machine.variables import preloaded
from doctor.probes.packages.folders import printable

NAME = "libstdc++.so.6"
VERSIONS = ("GLIBCXX_", "CXXABI_")
"""How the versions begin that it defines (https://gcc.gnu.org/onlinedocs/libstdc++/manual/abi.html)."""


class Runtime:
    """Tells which versions of the C++ runtime are missing for a library.

    One that LD_PRELOAD names is there before all others. conda's is loaded by its interpreter's own RPATH or with the
    first package of conda that needs it, after which the loader looks for no other: of it and the one that the
    loader finds, which one comes first is not known, and a version that either of them defines is not called missing.
    """

    def __init__(self, target: Target) -> None:
        self._preloaded = [path for path in preloaded(target.environ) if Path(path).name == NAME]
        prefix = target.interpreter.conda_prefix
        of_conda = f"{prefix}/lib/{NAME}" if prefix else ""
        self._of_conda = of_conda if os.path.exists(of_conda) else ""  # noqa: PTH110 - where looking is refused, it is not

    def lacks(self, wanted: Sequence[str], find: Callable[[str], str]) -> Fact[tuple[str, ...]]:
        """Those of the versions `wanted` that the libstdc++ which is loaded does not define.

        `find` is where the loader looks for the library. Unknown where it cannot be read.
        """
        if not wanted:
            return Absent(detail="it asks the C++ runtime for no version", source=_source(NAME))
        candidates = self._preloaded[:1] or [path for path in (self._of_conda, find(NAME)) if path]
        if not candidates:
            return Absent(detail="the loader finds none", source=_source(NAME))
        missing = list(wanted)
        for path in candidates:
            defined = _defined(path)
            if not isinstance(defined, Known):
                return defined
            missing = [name for name in missing if name not in defined.value]
        return Known(value=tuple(missing), source=_source(candidates[-1]))


@lru_cache(maxsize=8)
def _defined(path: str) -> Fact[tuple[str, ...]]:
    source = _source(path)
    try:
        with ElfFile(os.path.realpath(path)) as elf:
            names = tuple(name.decode("ascii", "replace") for name in Dynamic(elf).defined_versions())
    except OSError as error:
        return Unknown(reason=reason_of(error), detail=f"{source.where}: {error.strerror}", source=source)
    except ElfError as error:
        return Unknown(reason=Reason.MALFORMED, detail=f"{source.where}: {error}", source=source)
    return Known(value=names, source=source)


def _source(path: str) -> Source:
    return Source(kind=SourceKind.ELF, where=printable(path))
