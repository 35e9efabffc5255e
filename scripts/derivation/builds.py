"""What the Linux wheels of a release were compiled for, read out of their files.

torch states it in its own files: `torch/version.py`, the list of architectures in `libtorch_python.so`
and the mangled names in `libc10.so`. Of the others the headers of the CUDA code in each extension are
read. The readers are those of `doctor check`, so that the matrix says what a check would find.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.utils import parse_wheel_filename
from packaging.version import Version

from doctor.core.fact import Known
from doctor.core.machine.architecture import Architecture
from doctor.probes.elf import fatbin
from doctor.probes.elf.elf import ElfFile
from doctor.probes.elf.torch_build import read_torch_build
from scripts.derivation.glibc import needed_beyond_tag
from scripts.derivation.index import Index, IndexFile, tell

PACKAGES = {"bitsandbytes": "0.42", "torch": "2.1", "vllm": "0.3.3", "vllm-flash-attn": "2.5", "xformers": "0.0.22"}
"""The packages with CUDA code whose wheels the index has, with the first release that is told."""

MACHINES = ("x86_64", "aarch64")

_TAGGED_TOO_OLD = ("vllm",)
"""Packages whose tags promise older C libraries than their libraries ask for; others pass auditwheel."""

READER = 1
"""Counted up when a wheel is to be read again, because more is read out of it."""

_TORCH = ("torch/version.py", "torch/lib/libc10.so", "torch/lib/libtorch_python.so")
_EXTENSIONS = {
    # Beside its main extensions vLLM ships some for single generations (FlashMLA for 9.0).
    "vllm": re.compile(r"vllm/_(moe_)?C[._][^/]*\.so"),
    "vllm-flash-attn": re.compile(r"(vllm_flash_attn/)?[^/]*\.so"),
    "xformers": re.compile(r"xformers/(flash_attn_3/)?_C[^/]*\.so|xformers/triton/[^/]*\.so"),
}
# Before 0.45 there are two for a CUDA, one of them (nocublaslt) for GPUs before Turing.
_BITSANDBYTES = re.compile(r"bitsandbytes/libbitsandbytes_cuda(?P<major>\d{2})(?P<minor>\d)(_nocublaslt)?\.so")
_COMPILER = re.compile(rb"Cuda compilation tools, release (\d+\.\d+), V")
_STATED = re.compile(r'MAIN_CUDA_VERSION\b[^"\n]*=\s*"(\d+\.\d+)"')
_PINNED_TORCH = re.compile(r"^Requires-Dist: torch ?\(?==([\d.]+)", re.MULTILINE)
_RUNTIME = re.compile(r"^Requires-Dist: nvidia-cuda-runtime-cu\d+ ?\(?==(\d+\.\d+)", re.MULTILINE)
_LARGE = 8 << 20
"""Bytes that are asked for at once of a large member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What one wheel was compiled for; `cuda` is "" for one without CUDA code.

    `stated` names where the CUDA version is from where the wheel's own code does not tell it. `libraries` maps
    the CUDA versions that it has a library for to what that was compiled for; with `nearest` it takes one for
    another minor version where there is none. `glibc` is what a part of it asks for beyond its tag.
    """

    package: str
    version: str
    machine: str
    wheel: str
    cuda: str
    architectures: tuple[str, ...]
    uploaded: str
    cxx11_abi: bool | None = None
    stated: str = ""
    libraries: dict[str, tuple[str, ...]] = field(default_factory=dict)
    nearest: bool = False
    glibc: str = ""


def read_builds(index: Index, package: str, kept: Path) -> Iterator[Build]:
    """One wheel of every release and processor, oldest release first, each read once."""
    for file, machine in wheels_of(index.files(package), package):
        path = kept / "builds" / f"{file.filename}.{READER}.json"
        if not path.exists():
            tell(f"reading {file.filename} ...")
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".part")
            unfinished.write_text(json.dumps(_read(index, file)), encoding="utf-8")
            unfinished.replace(path)
        read = json.loads(path.read_bytes())
        yield Build(
            package=package,
            version=str(file.version),
            machine=machine,
            wheel=file.filename,
            cuda=read["cuda"],
            architectures=tuple(read["architectures"]),
            uploaded=file.uploaded,
            cxx11_abi=read["cxx11_abi"],
            stated=read["stated"],
            libraries={cuda: tuple(targets) for cuda, targets in read.get("libraries", {}).items()},
            nearest=read.get("nearest", False),
            glibc=needed_beyond_tag(index, file, kept) if package in _TAGGED_TOO_OLD else "",
        )


def wheels_of(files: Sequence[IndexFile], package: str) -> list[tuple[IndexFile, str]]:
    """The wheel of each release and processor that is read: the newest build of one Python."""
    best: dict[tuple[Version, str], IndexFile] = {}
    for file in files:
        machine = _machine_of(file)
        if not machine or file.version.is_prerelease or file.version < Version(PACKAGES[package]):
            continue
        other = best.setdefault((file.version, machine), file)
        if _rank(file) > _rank(other):
            best[file.version, machine] = file
    return [(file, machine) for (_, machine), file in sorted(best.items())]


def _machine_of(file: IndexFile) -> str:
    if file.tags.endswith("-none-any"):
        return MACHINES[0]  # bitsandbytes before 0.43 has libraries for x86-64 in a wheel for everything
    return next((name for name in MACHINES if file.tags.endswith(name) and "linux" in file.tags), "")


def _rank(file: IndexFile) -> tuple[bool, bool, tuple[int, str] | tuple[()], str]:
    # Of wheels for several Pythons that for 3.12 or 3.11, so that a re-run reads the same one.
    _, _, build, _ = parse_wheel_filename(file.filename)
    return ("cp312-cp312" in file.tags, "cp311-cp311" in file.tags, build, file.filename)


def _read(index: Index, file: IndexFile) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder, index.archive(file, _LARGE) as archive:
        if file.package == "torch":
            return _read_torch(archive, Path(folder))
        if file.package == "bitsandbytes":
            return _read_bitsandbytes(archive, Path(folder))
        found: set[Architecture] = set()
        compilers: set[str] = set()
        for name in archive.namelist():
            if _EXTENSIONS[file.package].fullmatch(name):
                targets, used = _read_library(_extract(archive, name, Path(folder)))
                found |= targets
                compilers |= used
        cuda, stated = _cuda_version(index, file, archive, compilers) if found else ("", "")
    return {"cuda": cuda, "architectures": _listed(found), "cxx11_abi": None, "stated": stated}


def _read_torch(archive: zipfile.ZipFile, folder: Path) -> dict[str, object]:
    for name in _TORCH:
        _extract(archive, name, folder)
    build = read_torch_build(str(folder / "torch"))
    if not isinstance(build, Known) or not isinstance(build.value.cxx11_abi, Known):
        raise LookupError(f"{archive.filename}: what torch was built for cannot be read: {build}")
    targets = build.value.architectures
    if build.value.cuda and not isinstance(targets, Known):
        raise LookupError(f"{archive.filename}: the architectures of torch cannot be read: {targets}")
    return {
        "cuda": build.value.cuda,
        "architectures": list(targets.value) if isinstance(targets, Known) else [],
        "cxx11_abi": build.value.cxx11_abi.value,
        "stated": "",
    }


def _read_bitsandbytes(archive: zipfile.ZipFile, folder: Path) -> dict[str, object]:
    """What each of its libraries was compiled for: there is one for each CUDA, by name."""
    found: dict[str, set[Architecture]] = {}
    for name in archive.namelist():
        if match := _BITSANDBYTES.fullmatch(name):
            targets, _ = _read_library(_extract(archive, name, folder))
            found.setdefault(f"{match['major']}.{match['minor']}", set()).update(targets)
    if not found:
        raise LookupError(f"{archive.filename}: no library for CUDA was found")
    libraries = {cuda: _listed(found[cuda]) for cuda in sorted(found, key=Version)}
    # From 0.50 on it lists its libraries and takes the nearest one of the major version; before, one by exact name.
    nearest = b"def _find_cuda_libs(" in archive.read("bitsandbytes/cextension.py")
    return {
        "cuda": "",
        "architectures": [],
        "cxx11_abi": None,
        "stated": "",
        "libraries": libraries,
        "nearest": nearest,
    }


def _listed(targets: set[Architecture]) -> list[str]:
    return [str(item) for item in sorted(_wanted(targets), key=lambda item: (item.ptx, item))]


def _extract(archive: zipfile.ZipFile, name: str, folder: Path) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as source, path.open("wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
    return path


def _read_library(path: Path) -> tuple[set[Architecture], set[str]]:
    """The targets of a library, and the versions of nvcc that its code names where it is not compressed."""
    with ElfFile(str(path)) as elf:
        targets = {item for text in fatbin.architectures(elf) if (item := Architecture.parse(text))}
    compilers = {match.decode() for match in _COMPILER.findall(path.read_bytes())}
    path.unlink()  # they are large, and several lie in one wheel
    return targets, compilers


def _wanted(targets: set[Architecture]) -> set[Architecture]:
    """Leave out 5.2, for which nvcc 11 and 12 compile a file that names no target."""
    return {item for item in targets if (item.major, item.minor) != (5, 2)} or targets


def _cuda_version(index: Index, file: IndexFile, archive: zipfile.ZipFile, compilers: set[str]) -> tuple[str, str]:
    """The CUDA version, and where it is stated if the compiled code does not tell.

    Raises:
        LookupError: nothing of the release tells it.
    """
    if len(compilers) == 1:
        return compilers.pop(), ""
    for name in ("xformers/cpp_lib.json", "vllm/envs.py"):
        if name in archive.namelist() and (version := _stated(name, archive.read(name).decode())):
            return version, name
    if version := _stated("setup.py", index.source_text(file, "setup.py")):
        return version, "setup.py"
    if version := _of_its_torch(index, file):
        return version, "METADATA of the torch that is pinned by METADATA"
    raise LookupError(f"{file.filename}: for which CUDA version it was compiled is not told")


def _of_its_torch(index: Index, file: IndexFile) -> str:
    """The version of the CUDA runtime that the pinned torch requires, "" where none is pinned."""
    pinned = _PINNED_TORCH.search(index.metadata(file).decode())
    for torch, machine in wheels_of(index.files("torch"), "torch") if pinned else ():
        if pinned and torch.version == Version(pinned[1]) and file.tags.endswith(machine):
            runtime = _RUNTIME.search(index.metadata(torch).decode())
            return runtime[1] if runtime else ""
    return ""


def _stated(name: str, text: str) -> str:
    if name.endswith(".json"):
        number = json.loads(text)["version"]["cuda"]  # 1201 is CUDA 12.1
        return f"{number // 100}.{number % 100}" if number else ""
    found = _STATED.search(text)
    return found[1] if found else ""
