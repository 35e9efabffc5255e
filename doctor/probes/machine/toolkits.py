"""CUDA toolkits on the machine: where they lie and which version they are."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from doctor.core.errors import TargetError
from doctor.core.fact import Source, SourceKind
from doctor.core.machine.system import TOOLKITS, Toolkit
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt
from doctor.probes.process import run_bounded

ROOT = Path("/")
NVCC_DEADLINE = 5.0


def find(target: Target, *, root: Path = ROOT, deadline: float = NVCC_DEADLINE) -> Facts:
    """Find the toolkits that CUDA_HOME, CUDA_PATH, PATH and the usual folders name.

    `root` stands for the root of the file system, `deadline` is in seconds and limits an nvcc
    that has to be asked because no file states the version.
    """
    source = Source(kind=SourceKind.FILE, where="CUDA_HOME, CUDA_PATH, PATH, /usr/local/cuda*")
    return [attempt(TOOLKITS, source, lambda: _toolkits(target.environ, root, deadline))]


def _toolkits(environ: Mapping[str, str], root: Path, deadline: float) -> tuple[Toolkit, ...]:
    found: dict[str, list[str]] = {}
    nvcc: dict[str, Path] = {}
    for found_by, folder, compiler in _candidates(environ, root):
        real = os.path.realpath(folder)
        found.setdefault(real, []).append(found_by)
        nvcc.setdefault(real, compiler)
    return tuple(
        Toolkit(path=path, version=_version(Path(path), nvcc[path], deadline), found_by=", ".join(ways))
        for path, ways in found.items()
    )


def _candidates(environ: Mapping[str, str], root: Path) -> Iterator[tuple[str, Path, Path]]:
    """How it was found, the toolkit's folder, and its nvcc; in the order in which builds look."""
    for name in ("CUDA_HOME", "CUDA_PATH"):
        if environ.get(name) and Path(environ[name]).is_dir():
            yield name, Path(environ[name]), Path(environ[name], "bin/nvcc")
    on_path = shutil.which("nvcc", path=environ.get("PATH", ""))
    if on_path:
        yield "PATH", _folder_of(Path(on_path)), Path(on_path)
    usual = [root / "usr/local/cuda", *sorted((root / "usr/local").glob("cuda-*")), root / "opt/cuda"]
    for folder in usual:
        if folder.is_dir() and _is_toolkit(folder):
            yield "/" + str(folder.relative_to(root)), folder, folder / "bin/nvcc"


def _is_toolkit(folder: Path) -> bool:
    """Driver packages make /usr/local/cuda-12.4 folders that hold only the `compat` libraries."""
    return any((folder / part).exists() for part in ("bin/nvcc", "version.json", "version.txt", "include/cuda.h"))


def _folder_of(nvcc: Path) -> Path:
    """The toolkit of an nvcc on PATH, which may be a link or a script that starts the real one."""
    real = Path(os.path.realpath(nvcc))
    try:
        with real.open("rb") as file:
            head = file.read(512)
    except OSError:
        head = b""
    started = re.search(rb"(/\S+)/bin/nvcc\b", head) if head.startswith(b"#!") else None
    return Path(os.fsdecode(started[1])) if started else real.parent.parent


def _version(folder: Path, nvcc: Path, deadline: float) -> str:
    """The version as ``12.4``, or "" where neither a file nor nvcc states it."""
    return _version_in_files(folder) or _version_of_nvcc(nvcc, deadline)


def _version_in_files(folder: Path) -> str:
    return (
        _search(folder / "version.json", r'"cuda"\s*:\s*\{[^}]*"version"\s*:\s*"(\d+\.\d+)')
        or _search(folder / "version.txt", r"CUDA Version (\d+\.\d+)")
        or _header_version(folder / "include/cuda.h")
    )


def _search(path: Path, pattern: str) -> str:
    try:
        match = re.search(pattern, path.read_text(encoding="utf-8", errors="replace"))
    except OSError:  # the next file, or nvcc, states it too
        return ""
    return match[1] if match else ""


def _header_version(path: Path) -> str:
    """``#define CUDA_VERSION 12040`` is 12.4."""
    number = _search(path, r"#define\s+CUDA_VERSION\s+(\d+)")
    return f"{int(number) // 1000}.{int(number) % 1000 // 10}" if number else ""


def _version_of_nvcc(nvcc: Path, deadline: float) -> str:
    try:
        spoken = run_bounded([os.fspath(nvcc), "--version"], os.environ, deadline)
    except TargetError:  # the toolkit is there, its version stays open
        return ""
    match = re.search(rb"release (\d+\.\d+)", spoken.output)
    return match[1].decode() if match else ""


TOOLKITS_PROBE = Probe(name="toolkits", keys=(TOOLKITS,), find=find, group="machine")
