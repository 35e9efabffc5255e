"""Libraries that the loader's variables put before those of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from doctor.core.fact import Source, SourceKind
from doctor.core.machine.system import LOADER_ENTRIES, LoaderEntry
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt
from doctor.probes.elf.dynamic import Dynamic
from doctor.probes.elf.elf import ElfError, ElfFile
from doctor.probes.elf.hidden_symbols import symbols_missing
from doctor.probes.elf.library_search import names_in
from doctor.probes.machine.variables import preloaded

# The CUDA and torch libraries that wheels bring along, and conda's C++ runtime.
_LIBRARY = re.compile(
    r"lib(?:cudart|cublas|cublasLt|cudnn\w*|nccl|nvrtc|nvrtc-builtins|nvJitLink|cusparse|cusparseLt|cusolver|cufft"
    r"|curand|cupti|nvshmem_host|c10\w*|torch\w*|stdc\+\+)\.so[.\d]*$"
)
_VERSION = re.compile(r"\.so\.(\d+(?:\.\d+)+)$")


def find(target: Target) -> Facts:
    """Find the libraries of LD_LIBRARY_PATH and LD_PRELOAD that hide the environment's own."""
    source = Source(kind=SourceKind.ENV_VAR, where="LD_LIBRARY_PATH, LD_PRELOAD")
    return [attempt(LOADER_ENTRIES, source, lambda: tuple(_entries(target)))]


def _entries(target: Target) -> Iterator[LoaderEntry]:
    named = list(_named(target))
    if not named:
        return
    own = _own_libraries(target)
    kept = _kept_by_torch(target, {library.name for _, _, library in named} & set(own))
    decided: set[str] = set()
    for variable, entry, library in named:
        name = library.name
        if name not in own or name in decided or (variable == "LD_LIBRARY_PATH" and name in kept):
            continue
        # The loader takes the first library of a name: later entries do not matter.
        decided.add(name)
        if os.path.realpath(library) != os.path.realpath(own[name]):
            yield LoaderEntry(
                variable=variable,
                entry=entry,
                library=str(library),
                hides=str(own[name]),
                version=_version(library),
                missing_symbols=symbols_missing(library, own[name], _users(target, own)),
            )


def _named(target: Target) -> Iterator[tuple[str, str, Path]]:
    """The libraries that the variables name, in the loader's order (ld.so(8))."""
    for entry in preloaded(target.environ):
        if _LIBRARY.match(Path(entry).name) and os.access(entry, os.F_OK):
            yield "LD_PRELOAD", entry, Path(entry)
    for entry in re.split(r"[:;]", target.environ.get("LD_LIBRARY_PATH", "")):
        for name in _names_in(Path(entry)) if entry else ():
            yield "LD_LIBRARY_PATH", entry, Path(entry, name)


def _names_in(folder: Path) -> list[str]:
    """The names in a folder that are those of CUDA's and torch's libraries."""
    return [name for name in names_in(folder) if _LIBRARY.match(name)]


def _own_libraries(target: Target) -> dict[str, Path]:
    """Map the names of the environment's own libraries to their paths."""
    folders: list[Path] = []
    for site in target.interpreter.site_packages:
        folders += [Path(site, "torch/lib"), *sorted(Path(site).glob("nvidia/*/lib")), Path(site, "nvidia/lib")]
    if target.interpreter.conda_prefix:
        folders.append(Path(target.interpreter.conda_prefix, "lib"))
    own: dict[str, Path] = {}
    for folder in folders:
        for name in _names_in(folder):
            own.setdefault(name, folder / name)
    return own


def _kept_by_torch(target: Target, names: set[str]) -> set[str]:
    """Those of `names` that torch itself loads through an RPATH, which comes before LD_LIBRARY_PATH.

    torch's CUDA wheels have an RPATH and bring in most CUDA libraries by it; those that only
    other wheels need (libnvJitLink, the parts of cuDNN) are left to LD_LIBRARY_PATH.
    """
    kept: set[str] = set()
    for site in target.interpreter.site_packages if names else ():
        torch = Path(site, "torch")
        for library in (*torch.glob("_C.*"), *torch.glob("lib/lib*.so*")):
            kept |= names & _loaded_by_rpath(library)
    return kept


def _users(target: Target, own: dict[str, Path]) -> list[Path]:
    """The libraries of the environment that may need one of its own."""
    modules = [module for site in target.interpreter.site_packages for module in Path(site, "torch").glob("_C.*.so")]
    return [*own.values(), *modules]


def _loaded_by_rpath(library: Path) -> set[str]:
    try:
        with ElfFile(os.fspath(library)) as elf:
            dynamic = Dynamic(elf)
            if not dynamic.searched_first:
                return set()
            found = {name for folder in dynamic.search_path for name in _names_in(Path(folder))}
            return found & set(dynamic.needed)
    except (OSError, ElfError):  # a library that cannot be read loads nothing; it is a finding of its own
        return set()


def _version(library: Path) -> str:
    """The version in the full name of the file that a link leads to (``libcudart.so.12.4.127``)."""
    match = _VERSION.search(os.path.realpath(library))
    return match[1] if match else ""


LOADER_PROBE = Probe(name="loader", keys=(LOADER_ENTRIES,), find=find, group="machine")
