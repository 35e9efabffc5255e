"""The ELF reader, held against pyelftools and against damaged files."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctor.probes.elf.dynamic import Dynamic
from doctor.probes.elf.elf import CutElfError, ElfError, ElfFile, ForeignElfError
from doctor.probes.elf.fatbin import architectures
from doctor.probes.elf.libraries import Library
from doctor.probes.elf.library_scan import scan_library
from doctor.probes.elf.symbols import SymbolTable, gnu_hash, sysv_hash
from tests.probes.elf.builder import EXTENSION, HAS_COMPILER, WEAK, compile_library
from tests.probes.elf.crafted import write_library

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="compiles libraries with g++")
ANY = re.compile(rb"")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elf")


@pytest.fixture(scope="module")
def extension(folder: Path) -> Path:
    return compile_library(folder / "extension.so", EXTENSION, "-Wl,-rpath,$ORIGIN/lib:/opt/${ORIGIN}x")


def libraries_of_this_machine() -> list[Path]:
    spec = importlib.util.find_spec("_ssl")
    found = subprocess.run(["g++", "-print-file-name=libstdc++.so.6"], capture_output=True, text=True, check=True)
    names = [found.stdout.strip(), spec.origin if spec else None]
    return [Path(name) for name in names if name and Path(name).is_file()]


def read_by_pyelftools(path: Path) -> tuple[list[str], dict[bool, set[bytes]], set[str]]:
    """Needed libraries, global symbols by whether they are defined, and GLIBC versions."""
    with path.open("rb") as file:
        elf = ELFFile(file)
        needed = [tag.needed for tag in elf.get_section_by_name(".dynamic").iter_tags("DT_NEEDED")]
        symbols: dict[bool, set[bytes]] = {True: set(), False: set()}
        for symbol in elf.get_section_by_name(".dynsym").iter_symbols():
            defined = symbol["st_shndx"] != "SHN_UNDEF"
            if symbol.name and (symbol["st_info"]["bind"] == "STB_GLOBAL" or defined):
                symbols[defined].add(symbol.name.encode())
        versions = {
            entry.name
            for section in elf.iter_sections()
            if isinstance(section, GNUVerNeedSection)
            for _, entries in section.iter_versions()
            for entry in entries
        }
    return needed, symbols, versions


@pytest.mark.parametrize("style", ["gnu", "sysv", "both"])
def test_reads_what_pyelftools_reads(folder: Path, style: str) -> None:
    path = compile_library(folder / f"{style}.so", EXTENSION, f"-Wl,--hash-style={style}")
    check_against_pyelftools(path)


def test_reads_libraries_of_this_machine_as_pyelftools_does() -> None:
    paths = libraries_of_this_machine()
    assert paths
    for path in paths:
        check_against_pyelftools(path)


def check_against_pyelftools(path: Path) -> None:
    needed, symbols, versions = read_by_pyelftools(path)
    with ElfFile(str(path)) as elf:
        elf.check_extent()
        dynamic = Dynamic(elf)
        table = SymbolTable(dynamic)
        assert list(dynamic.needed) == needed
        assert set(table.undefined(ANY)) == symbols[False]
        # Local names (of a version script) are in the table, but not exported by the hash table.
        exported = {name for name in symbols[True] if table.defines(name)}
        assert len(exported) >= len(symbols[True]) * 0.99
        assert not any(table.defines(name) for name in symbols[False] - symbols[True])
        assert not table.defines(b"_ZN3c105ErrorC2Ev")
        numbers = [tuple(map(int, name[6:].split("."))) for name in versions if re.match(r"GLIBC_\d", name)]
        assert tuple(map(int, dynamic.newest("GLIBC_")[0].split("."))) == max(numbers)


def test_a_weak_undefined_symbol_is_not_needed(folder: Path) -> None:
    path = compile_library(folder / "weak.so", WEAK)
    with ElfFile(str(path)) as elf:
        names = SymbolTable(Dynamic(elf)).undefined(re.compile(rb"_ZN2at"))
    assert names == (b"_ZN2at3addEi",)


def test_a_library_without_exports_still_shows_what_it_needs(folder: Path) -> None:
    source = "extern int other(int); static int f() __attribute__((constructor)); static int f() { return other(1); }"
    path = compile_library(folder / "closed.so", source, "-fvisibility=hidden", "-Wl,--exclude-libs,ALL")
    with ElfFile(str(path)) as elf:
        assert b"_Z5otheri" in SymbolTable(Dynamic(elf)).undefined(ANY)


def test_origin_in_a_run_path_is_the_folder_of_the_library(extension: Path) -> None:
    with ElfFile(str(extension)) as elf:
        assert Dynamic(elf).search_path == (f"{extension.parent}/lib", f"/opt/{extension.parent}x")


def test_known_hashes() -> None:
    # From the text of both specifications: the hash of "printf".
    assert gnu_hash(b"printf") == 0x156B2BB8
    assert sysv_hash(b"printf") == 0x077905A6


@pytest.mark.parametrize(
    ("content", "error", "says"),
    [
        (b"", CutElfError, "empty"),
        (b"\x7fELF\x02\x01", CutElfError, "less than an ELF header"),
        (b"INPUT(libfoo.so.1)", ElfError, "does not begin like an ELF file"),
        (b"\x7fELF\x01\x01" + bytes(60), ForeignElfError, "another word size"),
        (b"\xcf\xfa\xed\xfe" + bytes(60), ForeignElfError, "macOS"),
    ],
)
def test_what_is_no_elf_library_says_why(tmp_path: Path, content: bytes, error: type[ElfError], says: str) -> None:
    path = tmp_path / "bad.so"
    path.write_bytes(content)
    with pytest.raises(error, match=says), ElfFile(str(path)):
        pass


def test_a_cut_library_is_found_out_wherever_it_is_cut(extension: Path, tmp_path: Path) -> None:
    content = extension.read_bytes()
    path = tmp_path / "cut.so"
    for length in range(0, len(content), 97):
        path.write_bytes(content[:length])
        scan = scan_library(Library(distribution="x", path=str(path)), None, (".so",))
        assert scan is not None and scan.damage, f"{length} of {len(content)} bytes"


def test_a_library_without_its_section_table_is_loadable(extension: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.so"
    path.write_bytes(extension.read_bytes()[:-64])
    with ElfFile(str(path)) as elf, pytest.raises(CutElfError) as caught:
        elf.check_extent()
    assert caught.value.loadable


def test_a_library_of_another_machine_counts_where_python_would_load_it(extension: Path) -> None:
    helper = Library(distribution="debugger", path=str(extension))
    assert scan_library(helper, 183, (".cpython-311-x86_64-linux-gnu.so",)) is None
    module = scan_library(helper, 183, ("extension.so",))
    assert module is not None and "ELF machine 62" in module.damage


def test_a_linker_script_is_not_a_broken_library(tmp_path: Path) -> None:
    path = tmp_path / "libfoo.so"
    path.write_text("/* GNU ld script */ INPUT(libfoo.so.1)")
    assert scan_library(Library(distribution="x", path=str(path)), None, (".so",)) is None


@pytest.mark.parametrize(
    ("tables", "found"),
    [
        ({"libraries": 512, "versions": [(512, 0, 0)]}, "2.9"),  # the chain ends at once, whatever it says
        ({"libraries": 2, "versions": [(1, 0, 32), (1, 0, 0)]}, "2.9"),
        ({"versions": [(1, 0, 0)], "name": b"GLIBC_2." + b"9" * 60_000}, ""),
        ({"versions": [(65_535, 16, 0)]}, None),
        ({"libraries": 1 << 40, "versions": [(1, 0, 32)]}, None),
        ({"libraries": 3, "versions": [(1000, 0, 32), (1000, 0, 0)]}, None),
        ({"needed": 60_000}, None),
    ],
)
def test_tables_that_no_linker_writes_are_read_to_their_end_or_refused(
    tmp_path: Path, tables: dict[str, Any], found: str | None
) -> None:
    """512 libraries with 512 versions each, all with one name of 60,000 characters, were 16 GB."""
    with ElfFile(str(write_library(tmp_path / "crafted.so", **tables))) as elf:
        dynamic = Dynamic(elf)
        if found is None:
            with pytest.raises(ElfError, match=r"versions of symbols|libraries or folders"):
                _ = dynamic.needed, dynamic.newest("GLIBC_")
        else:
            assert dynamic.newest("GLIBC_") == (found,)


def read_everything(path: Path) -> None:
    with ElfFile(str(path)) as elf:
        elf.check_extent()
        dynamic = Dynamic(elf)
        _ = dynamic.needed, dynamic.search_path, dynamic.newest("GLIBC_"), list(dynamic.defined_versions())
        table = SymbolTable(dynamic)
        table.undefined(ANY)
        table.defines(b"_Z3usev")
        architectures(elf)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damage_never_raises_anything_but_an_elf_error(extension: Path, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(extension.read_bytes())
    # Most damage is put where the tables are: the file's first kilobytes and its dynamic section.
    for _ in range(data.draw(st.integers(1, 12))):
        place = data.draw(st.one_of(st.integers(0, 4096), st.integers(0, len(content) - 1)))
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.so"
    path.unlink(missing_ok=True)
    path.write_bytes(content[: data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))])
    try:
        read_everything(path)
    except ElfError as error:
        assert str(error)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=600))
def test_random_bytes_behind_the_magic_never_raise_anything_but_an_elf_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "random.so"
    path.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(9) + content)
    try:
        read_everything(path)
    except ElfError as error:
        assert str(error)
