"""The NCCL or RCCL that torch and vLLM would load, found as the loader finds it, and hashed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.fleet.node import COMMUNICATION_LIBRARY, CommunicationLibrary
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt_fact, reason_of
from doctor.probes.elf.dynamic import Dynamic
from doctor.probes.elf.elf import ElfError, ElfFile
from doctor.probes.elf.library_search import CACHE, DEFAULT_FOLDERS, LibrarySearch, names_in
from doctor.probes.elf.torch_build import torch_folder
from doctor.probes.machine.variables import preloaded
from doctor.probes.packages.folders import printable, search_folders, unreadable
from doctor.probes.regular_file import open_regular

# torch's library for each kind of GPU, and the one for communication that it uses.
_USERS = (("libtorch_cuda.so", "libnccl.so.2"), ("libtorch_hip.so", "librccl.so.1"))
# What NCCL_DEBUG=VERSION prints stands in the file as it is printed; RCCL puts its own together when it runs.
_VERSION = re.compile(rb"NCCL version (\d+\.\d+\.\d+[\w.+-]*)(?:\0|\n| compiled with CUDA)")
_CHUNK = 1 << 20
_OVERLAP = 128


def find(target: Target, *, cache: Path = CACHE, defaults: Iterable[str] = DEFAULT_FOLDERS) -> Facts:
    """Find the fact of this probe; `cache` and `defaults` are where the loader looks at last."""
    return [(COMMUNICATION_LIBRARY, _find(target, cache, defaults))]


def _find(target: Target, cache: Path, defaults: Iterable[str]) -> Fact[CommunicationLibrary]:
    folders = search_folders(target)
    source = Source(kind=SourceKind.ELF, where=", ".join(target.interpreter.site_packages))
    unknown = unreadable(folders, source)
    if unknown is not None:
        return unknown
    lib = f"{torch_folder(folders)}/lib"
    user = next(((f"{lib}/{user}", name) for user, name in _USERS if user in names_in(lib)), None)
    if user is None:
        return Absent(source=source, detail="no torch for CUDA or ROCm is installed")
    machine = target.interpreter.markers.get("platform_machine", "")
    search = LibrarySearch(target.environ, [lib], machine, cache=cache, defaults=defaults)
    try:
        path, found_by = _loaded(target, *user, search)
    except ElfError as error:
        return Unknown(reason=Reason.MALFORMED, detail=f"{user[0]}: {error}", source=source)
    except OSError as error:
        return Unknown(reason=reason_of(error), detail=str(error), source=source)
    if not path:
        return Absent(source=source, detail=f"the loader would find no {user[1]}")
    return attempt_fact(
        Source(kind=SourceKind.ELF, where=printable(path)), lambda: read_library(user[1], path, found_by)
    )


def _loaded(target: Target, user: str, name: str, search: LibrarySearch) -> tuple[str, str]:
    """The path of the library `name` that counts in the end, or "", and what led the loader to it.

    vLLM loads the one of VLLM_NCCL_SO_PATH beside torch's, and its own communication goes through that.
    """
    named = target.environ.get("VLLM_NCCL_SO_PATH", "")
    if named:
        return named, "VLLM_NCCL_SO_PATH"
    for entry in preloaded(target.environ):
        if Path(entry).name == name:
            return entry, "LD_PRELOAD"
    with ElfFile(user) as elf:
        dynamic = Dynamic(elf)
        # What torch holds in itself (conda's builds) is not looked up for it, but is for vLLM.
        path, first = (dynamic.search_path, dynamic.searched_first) if name in dynamic.needed else ((), False)
    found = next((f"{folder}/{name}" for folder in path if name in names_in(folder)), "")
    variable = _in_variable(target, name)
    for place, found_by in ((found, "rpath"), (variable, "LD_LIBRARY_PATH"))[:: 1 if first else -1]:
        if place:
            return os.path.normpath(place), found_by
    return search.find(name, ()), "system"


def _in_variable(target: Target, name: str) -> str:
    folders = re.split("[:;]", target.environ.get("LD_LIBRARY_PATH", ""))
    return next((f"{folder}/{name}" for folder in folders if folder and name in names_in(folder)), "")


def read_library(name: str, path: str, found_by: str) -> CommunicationLibrary:
    """Hash a library and look for its version, in one pass.

    Raises:
        OSError: it cannot be read.
    """
    source = Source(kind=SourceKind.ELF, where=printable(path))
    digest, version = hashlib.sha256(), b""
    with os.fdopen(open_regular(path), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        for chunk, text in _chunks(file):
            digest.update(chunk)
            match = None if version else _VERSION.search(text)
            version = match[1] if match else version
    return CommunicationLibrary(
        name=name,
        path=printable(path),
        found_by=found_by,
        size=size,
        version=Known(value=version.decode(), source=source)
        if version
        else Absent(source=source, detail="no version stands in the file"),
        sha256=Known(value=digest.hexdigest(), source=source),
    )


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The file piece by piece, each also with the end of the one before, across which a text may lie."""
    end = b""
    while chunk := file.read(_CHUNK):
        yield chunk, end + chunk
        end = chunk[-_OVERLAP:]


COMMUNICATION_PROBE = Probe(name="communication library", keys=(COMMUNICATION_LIBRARY,), find=find, deadline=60.0)
