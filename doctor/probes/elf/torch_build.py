"""What the installed torch was built for, read from its files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.packages.extension import TorchBuild
from doctor.probes.attempt import reason_of
from doctor.probes.elf.dynamic import Dynamic
from doctor.probes.elf.elf import ElfError, ElfFile
from doctor.probes.elf.symbols import SymbolTable
from doctor.probes.packages.folders import Folder
from doctor.probes.regular_file import read_regular

# c10::Error takes a std::string in every torch since 1.0, and libc10.so is the smallest library.
_ABI_MARKERS = (
    (b"_ZN3c105ErrorC2ENS_14SourceLocationENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE", True),
    (b"_ZN3c105ErrorC2ENS_14SourceLocationESs", False),
)
# The compiler may put a constant that it copies piece by piece directly before the list, without the
# zero that ends a text: torch 2.8.0 of the package index reads ``std::string ipc_hsm_70 sm_75 ...``.
_ARCHITECTURES = re.compile(rb"(?P<whole>\0?)(?P<list>(?:sm|compute)_\d+[a-z]?(?: (?:sm|compute)_\d+[a-z]?)*)\0")
_CHUNK = 1 << 20
_OVERLAP = 1 << 12


def torch_folder(folders: list[Folder]) -> str:
    """Return the folder that `import torch` takes, or ""."""
    for folder in folders:
        path = Path(folder.path, "torch")
        if folder.entries.get("torch") and ((path / "__init__.py").exists() or (path / "version.py").exists()):
            return str(path)
    return ""


def read_torch_build(folder: str) -> Fact[TorchBuild]:
    """Read the build of the torch in `folder`, the one that `torch_folder` returned."""
    if not folder:
        source = Source(kind=SourceKind.FILE, where="torch/version.py")
        return Absent(detail="torch is not installed", source=source)
    path = Path(folder, "version.py")
    source = Source(kind=SourceKind.FILE, where=str(path))
    try:
        values = _assigned(read_regular(path))
    except FileNotFoundError:
        return Unknown(reason=Reason.MALFORMED, detail=f"{folder} is there, and version.py in it is not", source=source)
    except OSError as error:
        return Unknown(reason=reason_of(error), detail=f"{path}: {error.strerror}", source=source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        # The last two are what the parser of Python raises on text that nests too deep.
        return Unknown(reason=Reason.MALFORMED, detail=f"{path} is not readable as Python: {error}", source=source)
    if not isinstance(values.get("__version__"), str):
        return Unknown(reason=Reason.MALFORMED, detail=f"{path} states no __version__", source=source)
    cuda, hip = _text(values, "cuda"), _text(values, "hip") or _text(values, "rocm")
    build = TorchBuild(
        version=_text(values, "__version__"),
        cuda=cuda,
        hip=hip,
        git=_text(values, "git_version"),
        debug=values.get("debug") is True,
        path=folder,
        cxx11_abi=_cxx11_abi(f"{folder}/lib/libc10.so"),
        architectures=_architectures(f"{folder}/lib/libtorch_python.so", cuda, hip),
    )
    return Known(value=build, source=source)


def _assigned(content: bytes) -> dict[str, Any]:
    """The constants that a module assigns on its top level."""
    values: dict[str, Any] = {}
    for statement in ast.parse(content).body:
        if not isinstance(statement, (ast.Assign, ast.AnnAssign)) or not isinstance(statement.value, ast.Constant):
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        values.update({target.id: statement.value.value for target in targets if isinstance(target, ast.Name)})
    return values


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _cxx11_abi(path: str) -> Fact[bool]:
    source = Source(kind=SourceKind.ELF, where=path)
    try:
        with ElfFile(path) as elf:
            table = SymbolTable(Dynamic(elf))
            found = [abi for symbol, abi in _ABI_MARKERS if table.defines(symbol)]
    except (OSError, ElfError) as error:
        return _unreadable(path, error)
    if len(found) == 1:
        return Known(value=found[0], source=source)
    detail = f"{path} defines {'both forms' if found else 'no known form'} of c10::Error's constructor"
    return Unknown(reason=Reason.CONFLICTING if found else Reason.UNSUPPORTED, detail=detail, source=source)


def _architectures(path: str, cuda: str, hip: str) -> Fact[tuple[str, ...]]:
    source = Source(kind=SourceKind.ELF, where=path)
    if hip:
        detail = "the GPU architectures of a ROCm build are not read"
        return Unknown(reason=Reason.UNSUPPORTED, detail=detail, source=source)
    if not cuda:
        return Absent(detail="this torch is built without CUDA", source=source)
    try:
        with ElfFile(path) as elf:
            # The text that torch.cuda.get_arch_list() splits: CUDA_ARCH_FLAGS, a string constant.
            found = [
                text for chunk in _constants(elf) for match in _ARCHITECTURES.finditer(chunk) if (text := _list(match))
            ]
    except (OSError, ElfError) as error:
        return _unreadable(path, error)
    if not found:
        detail = f"{path} holds no list of architectures where torch keeps it"
        return Unknown(reason=Reason.UNSUPPORTED, detail=detail, source=source)
    return Known(value=tuple(max(found, key=len).split()), source=source)


def _list(match: re.Match[bytes]) -> str:
    """The list that was found, "" where it may be the end of another text: a single name with words before it."""
    text = match["list"].decode()
    return text if match["whole"] or " " in text else ""


def _constants(elf: ElfFile) -> Iterator[bytes]:
    for section in elf.sections():
        if section.name == ".rodata":
            for place in range(section.offset, section.offset + section.size, _CHUNK):
                yield elf.read(place, min(_CHUNK + _OVERLAP, section.offset + section.size - place))


def _unreadable(path: str, error: OSError | ElfError) -> Unknown[Any]:
    source = Source(kind=SourceKind.ELF, where=path)
    if isinstance(error, OSError):
        return Unknown(reason=reason_of(error), detail=f"{path}: {error.strerror}", source=source)
    return Unknown(reason=Reason.MALFORMED, detail=f"{path}: {error}", source=source)
