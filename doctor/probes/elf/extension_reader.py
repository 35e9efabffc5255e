"""Reading the tables of extensions, each against all other libraries of the environment."""

from __future__ import annotations

import os

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.packages.extension import Extension
from doctor.probes.attempt import reason_of
from doctor.probes.elf.dynamic import Dynamic
from doctor.probes.elf.elf import ElfError, ElfFile
from doctor.probes.elf.fatbin import TooManyKernelsError, architectures
from doctor.probes.elf.library_scan import Scan
from doctor.probes.elf.library_search import LibrarySearch
from doctor.probes.elf.mangling import TORCH_SYMBOL, demangle, string_abi
from doctor.probes.elf.runtime import VERSIONS, Runtime
from doctor.probes.elf.symbols import SymbolTable
from doctor.probes.elf.torch_symbols import TorchSymbols
from doctor.probes.packages.folders import printable

_MOST_NAMES = 12


class ExtensionReader:
    """Reads the libraries that are reported.

    `scans` are the headers of all libraries of the environment, `search` is where the loader
    looks, `symbols` are those of torch, None when there is no torch, `runtime` is that of C++.
    """

    def __init__(
        self, scans: list[Scan], search: LibrarySearch, symbols: TorchSymbols | None, runtime: Runtime
    ) -> None:
        self._search = search
        self._runtime = runtime
        self._symbols = symbols
        self._by_path = {scan.library.path: scan for scan in scans}
        self._own: dict[tuple[str, str], str] = {}
        for scan in scans:
            self._own.setdefault((scan.library.distribution, scan.library.name), scan.library.path)
        self._below_torch = self._closure([scan for scan in scans if scan.library.distribution == "torch"])

    def is_reported(self, scan: Scan) -> bool:
        """Whether a library belongs to the stack, links torch, or leaves torch without one.

        What a wheel carries along for others, and what torch needs of NVIDIA's wheels, is
        reported only where it is broken or lacks something: its code says nothing of the build.
        """
        if scan.links_torch or (scan.of_stack and not scan.carried):
            return True
        if scan.of_stack or scan.library.path in self._below_torch:
            return bool(scan.damage) or any(not self._find(scan, name) for name in scan.needed)
        return False

    def read(self, scan: Scan) -> Fact[Extension]:
        """Read the tables of one library."""
        path = printable(scan.library.path)
        source = Source(kind=SourceKind.ELF, where=path)
        if scan.damage and not scan.loadable:
            return Unknown(reason=Reason.MALFORMED, detail=f"{path} cannot be read: {scan.damage}", source=source)
        try:
            with ElfFile(scan.library.path) as elf:
                return Known(value=self._extension(scan, elf, source), source=source)
        except OSError as error:
            return Unknown(reason=reason_of(error), detail=f"{path}: {error.strerror}", source=source)
        except ElfError as error:
            return Unknown(reason=Reason.MALFORMED, detail=f"{path}: {error}", source=source)

    def _extension(self, scan: Scan, elf: ElfFile, source: Source) -> Extension:
        dynamic = Dynamic(elf)
        of_torch = scan.library.distribution == "torch"
        checked = scan.links_torch and not of_torch
        wanted = SymbolTable(dynamic).undefined(TORCH_SYMBOL) if checked else ()
        missing = self._missing_symbols(scan, wanted) if checked else []
        glibc, *cxx = dynamic.newest("GLIBC_", *VERSIONS)
        asked = [f"{prefix}{number}" for prefix, number in zip(VERSIONS, cxx, strict=True) if number]
        return Extension(
            distribution=scan.library.distribution,
            path=source.where,
            links_torch=scan.links_torch,
            missing_symbols=self._symbols_fact(checked, missing, source),
            missing_count=len(missing),
            cxx11_abi=_string_abi(wanted, source),
            needed=tuple(map(printable, scan.needed)),
            missing_libraries=tuple(printable(name) for name in scan.needed if not self._find(scan, name)),
            architectures=_architectures(elf, of_torch, source),
            glibc=glibc,
            missing_versions=self._runtime.lacks(asked, lambda name: self._find(scan, name)),
        )

    def _find(self, scan: Scan, name: str) -> str:
        """The library that a needed name leads to; a distribution may load its own ones first."""
        own = self._own.get((scan.library.distribution, name), "")
        return own or self._search.find(name, scan.search_path)

    def _closure(self, roots: list[Scan]) -> set[str]:
        """The libraries of the environment that loading `roots` loads as well."""
        found: set[str] = set()
        waiting = list(roots)
        while waiting:
            scan = waiting.pop()
            for name in scan.needed:
                below = self._by_path.get(os.path.normpath(self._find(scan, name)))
                if below is not None and below.library.path not in found:
                    found.add(below.library.path)
                    waiting.append(below)
        return found

    def _missing_symbols(self, scan: Scan, wanted: tuple[bytes, ...]) -> list[bytes]:
        if self._symbols is None or self._symbols.fault:
            return []
        missing = [name for name in wanted if not self._symbols.defines(name)]
        # The libraries beside it are opened only for the few names that torch does not define.
        return self._not_defined_beside(scan, missing) if missing else []

    def _not_defined_beside(self, scan: Scan, names: list[bytes]) -> list[bytes]:
        beside = {path for (owner, _), path in self._own.items() if owner == scan.library.distribution}
        beside |= {os.path.normpath(path) for name in scan.needed if (path := self._find(scan, name))}
        for path in sorted(beside & self._by_path.keys() - {scan.library.path}):
            if names and not self._by_path[path].damage:
                with ElfFile(path) as elf:
                    dynamic = Dynamic(elf)
                    if dynamic.has_hash_table:
                        table = SymbolTable(dynamic)
                        names = [name for name in names if not table.defines(name)]
        return names

    def _symbols_fact(self, checked: bool, missing: list[bytes], source: Source) -> Fact[tuple[str, ...]]:
        if not checked:
            return Absent(detail="it is not an extension of torch", source=source)
        if self._symbols is None:
            return Absent(detail="torch is not installed", source=source)
        if self._symbols.fault:
            detail = f"torch's symbols cannot be searched: {self._symbols.fault}"
            return Unknown(reason=Reason.FAILED, detail=detail, source=source)
        names = tuple(printable(demangle(name.decode("ascii", "replace"))) for name in missing[:_MOST_NAMES])
        return Known(value=names, source=source)


def _string_abi(names: tuple[bytes, ...], source: Source) -> Fact[bool]:
    found = {abi for name in names if (abi := string_abi(name.decode("ascii", "replace"))) is not None}
    if not found:
        return Absent(detail="no symbol that it needs of torch mentions a std::string", source=source)
    if len(found) == 2:
        detail = "it needs symbols of torch with both kinds of std::string"
        return Unknown(reason=Reason.CONFLICTING, detail=detail, source=source)
    return Known(value=found.pop(), source=source)


def _architectures(elf: ElfFile, of_torch: bool, source: Source) -> Fact[tuple[str, ...]]:
    if of_torch:
        # libtorch_cuda.so holds thousands of kernels, and torch itself lists what it was built for.
        return Absent(detail="the build of torch states those of torch's own libraries", source=source)
    try:
        found = architectures(elf)
    except TooManyKernelsError as error:
        return Unknown(reason=Reason.UNSUPPORTED, detail=str(error), source=source)
    except ElfError as error:
        return Unknown(reason=Reason.MALFORMED, detail=str(error), source=source)
    if not found:
        return Absent(detail="it holds no CUDA code", source=source)
    return Known(value=found, source=source)
