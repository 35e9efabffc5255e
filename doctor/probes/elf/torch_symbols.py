"""Looking up symbols in the libraries of the installed torch."""

from __future__ import annotations

from collections.abc import Iterable

from doctor.probes.elf.dynamic import Dynamic
from doctor.probes.elf.elf import ElfError, ElfFile
from doctor.probes.elf.symbols import SymbolTable

_BASE = ("libc10.so", "libtorch_cpu.so")
_CUDA = ("libc10_cuda.so", "libtorch_cuda.so")
# Most symbols are in the first ones; the order only saves time.
_ORDER = ("libc10.so", "libtorch_cpu.so", "libtorch_python.so", "libc10_cuda.so", "libtorch_cuda.so")


class TorchSymbols:
    """The symbols that the libraries in the folder `lib` define, looked up one by one.

    `broken` maps the libraries that cannot be trusted to what is wrong with them. `fault` says
    why a symbol that is not found says nothing about the one that needs it; it is "" when the
    libraries are complete and readable. Open it with `with`: it keeps files open.
    """

    def __init__(self, lib: str, names: Iterable[str], *, cuda: bool, broken: dict[str, str]) -> None:
        found = [name for name in names if name.startswith(("libtorch", "libc10"))]
        expected = _BASE + (_CUDA if cuda else ())
        faults = [f"{lib}/{name} is not there" for name in expected if name not in found]
        self._known: dict[bytes, bool] = {}
        self._files: list[ElfFile] = []
        self._tables: list[SymbolTable] = []
        for name in sorted(found, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)):
            path = f"{lib}/{name}"
            try:
                if path in broken:
                    raise ElfError(broken[path])
                elf = ElfFile(path)
                self._files.append(elf)
                self._tables.append(SymbolTable(Dynamic(elf)))
            except (OSError, ElfError) as error:
                if name in _ORDER:
                    faults.append(f"{path}: {error}")
        self.fault = "; ".join(faults)

    def __enter__(self) -> TorchSymbols:
        return self

    def __exit__(self, *error: object) -> None:
        for elf in self._files:
            elf.close()

    def defines(self, name: bytes) -> bool:
        """Whether one of torch's libraries defines a symbol.

        Raises:
            ElfError: a table of them leads outside of its file.
        """
        if name not in self._known:
            self._known[name] = any(_defines(table, name) for table in self._tables)
        return self._known[name]


def _defines(table: SymbolTable, name: bytes) -> bool:
    try:
        return table.defines(name)
    except ElfError as error:
        # Otherwise the extension that is looked at would be blamed.
        raise ElfError(f"symbols of {table.path} cannot be looked up: {error}") from error
