"""Compiled extensions, read as ELF and never loaded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from doctor.core.fact import Known, Source, SourceKind
from doctor.core.packages.extension import BROKEN_LIBRARIES, EXTENSIONS, TORCH_BUILD, BrokenLibrary
from doctor.core.target import Facts, Probe, Target
from doctor.probes.elf.elf import MACHINES
from doctor.probes.elf.extension_reader import ExtensionReader
from doctor.probes.elf.libraries import Library, installed_libraries
from doctor.probes.elf.library_scan import Scan, scan_library
from doctor.probes.elf.library_search import CACHE, DEFAULT_FOLDERS, LibrarySearch, names_in
from doctor.probes.elf.runtime import Runtime
from doctor.probes.elf.torch_build import read_torch_build, torch_folder
from doctor.probes.elf.torch_symbols import TorchSymbols
from doctor.probes.packages.folders import Folder, printable, search_folders, unreadable


def find(target: Target, *, cache: Path = CACHE, defaults: Iterable[str] = DEFAULT_FOLDERS) -> Facts:
    """Find the facts of this probe; `cache` and `defaults` are where the loader looks at last."""
    folders = search_folders(target)
    place = Source(kind=SourceKind.ELF, where=", ".join(target.interpreter.site_packages))
    unknown = unreadable(folders, place)
    if unknown is not None:
        yield from ((key, unknown) for key in (TORCH_BUILD, BROKEN_LIBRARIES, EXTENSIONS))
        return
    torch = torch_folder(folders)
    build = read_torch_build(torch)
    yield TORCH_BUILD, build
    scans = _scan_all(target, folders, torch)
    broken = tuple(_broken(scan) for scan in scans if scan.damage)
    yield BROKEN_LIBRARIES, Known(value=broken, source=place)
    cuda = isinstance(build, Known) and bool(build.value.cuda)
    machine = target.interpreter.markers.get("platform_machine", "")
    loaded = _loaded_folders(torch, folders, cuda)
    search = LibrarySearch(target.environ, loaded, machine, cache=cache, defaults=defaults)
    with contextlib.ExitStack() as stack:
        symbols = stack.enter_context(_symbols_of(torch, scans, cuda)) if torch else None
        reader = ExtensionReader(scans, search, symbols, Runtime(target))
        found = tuple(reader.read(scan) for scan in scans if reader.is_reported(scan))
    yield EXTENSIONS, Known(value=found, source=place)


def _scan_all(target: Target, folders: list[Folder], torch: str) -> list[Scan]:
    machine = MACHINES.get(target.interpreter.markers.get("platform_machine", ""))
    suffixes = (target.interpreter.extension_suffix or ".so", ".abi3.so")
    libraries = {library.path: library for library in installed_libraries(folders)}
    # A torch without metadata is imported like any other.
    for name in names_in(f"{torch}/lib") if torch else []:
        if ".so" in name:
            path = f"{torch}/lib/{name}"
            libraries.setdefault(path, Library(distribution="torch", path=path))
    scans = [scan_library(library, machine, suffixes) for library in libraries.values()]
    return [scan for scan in scans if scan is not None]


def _loaded_folders(torch: str, folders: list[Folder], cuda: bool) -> list[str]:
    """The folders of the libraries that `import torch` loads: its own, and NVIDIA's wheels.

    Their layout is nvidia/<library>/lib up to CUDA 12 and nvidia/cu13/lib from 13 on
    (_preload_cuda_deps in torch/__init__.py).
    """
    found = [f"{torch}/lib"] if torch else []
    if torch and cuda:
        for folder in folders:
            found += [f"{folder.path}/nvidia/{name}/lib" for name in names_in(f"{folder.path}/nvidia")]
    return found


def _symbols_of(torch: str, scans: list[Scan], cuda: bool) -> TorchSymbols:
    lib = f"{torch}/lib"
    damaged = {scan.library.path: scan.damage for scan in scans if scan.damage and not scan.loadable}
    names = [scan.library.name for scan in scans if scan.library.folder == lib]
    return TorchSymbols(lib, names, cuda=cuda, broken=damaged)


def _broken(scan: Scan) -> BrokenLibrary:
    return BrokenLibrary(
        distribution=scan.library.distribution,
        path=printable(scan.library.path),
        damage=scan.damage,
        loadable=scan.loadable,
        closed=scan.closed,
    )


EXTENSIONS_PROBE = Probe(name="extensions", keys=(BROKEN_LIBRARIES, EXTENSIONS, TORCH_BUILD), find=find)
