"""What a torch was built for, read from its files and never imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.fact import Absent, Fact, Known, Reason, Unknown
from doctor.core.packages.extension import TorchBuild
from doctor.probes.elf.torch_build import read_torch_build, torch_folder
from doctor.probes.packages.folders import search_folders
from tests.probes.elf.builder import C10, HAS_COMPILER, OLD_STRING, compile_library, make_torch, target_of

needs_compiler = pytest.mark.skipif(not HAS_COMPILER, reason="compiles libraries with g++")


def build_in(site: Path) -> Fact[TorchBuild]:
    return read_torch_build(torch_folder(search_folders(target_of(site))))


def write_version(site: Path, content: bytes) -> None:
    (site / "torch").mkdir(parents=True, exist_ok=True)
    (site / "torch" / "version.py").write_bytes(content)


@needs_compiler
def test_a_cuda_build_states_its_version_abi_and_architectures(tmp_path: Path) -> None:
    make_torch(tmp_path, option=OLD_STRING, cuda="'12.1'", version="2.4.0+cu121")
    fact = build_in(tmp_path)
    assert isinstance(fact, Known)
    build = fact.value
    assert (build.version, build.cuda, build.hip, build.git, build.debug) == ("2.4.0+cu121", "12.1", "", "abc", False)
    assert build.path == str(tmp_path / "torch")
    assert isinstance(build.cxx11_abi, Known) and build.cxx11_abi.value is False
    assert isinstance(build.architectures, Known)
    assert build.architectures.value == ("sm_80", "sm_90", "compute_90")


@needs_compiler
def test_a_list_that_stands_directly_behind_another_constant_is_read(tmp_path: Path) -> None:
    # As in libtorch_python.so of torch 2.8.0 from the package index.
    make_torch(
        tmp_path, cuda="'12.8'", version="2.8.0+cu128", list_of_architectures="std::string ipc_hsm_70 sm_75 sm_120"
    )
    fact = build_in(tmp_path)
    assert isinstance(fact, Known)
    assert isinstance(fact.value.architectures, Known)
    assert fact.value.architectures.value == ("sm_70", "sm_75", "sm_120")


@needs_compiler
def test_a_single_name_at_the_end_of_another_text_is_no_list(tmp_path: Path) -> None:
    make_torch(tmp_path, cuda="'12.8'", list_of_architectures="kernels of memory-efficient attention for sm_80")
    fact = build_in(tmp_path)
    assert isinstance(fact, Known)
    assert isinstance(fact.value.architectures, Unknown)


@needs_compiler
def test_a_cpu_build_has_no_architectures(tmp_path: Path) -> None:
    make_torch(tmp_path)
    fact = build_in(tmp_path)
    assert isinstance(fact, Known)
    assert fact.value.cuda == ""
    assert isinstance(fact.value.architectures, Absent)
    assert isinstance(fact.value.cxx11_abi, Known) and fact.value.cxx11_abi.value is True


@needs_compiler
def test_an_abi_that_no_known_symbol_shows_is_unknown(tmp_path: Path) -> None:
    lib = make_torch(tmp_path)
    compile_library(lib / "libc10.so", C10.replace("Error", "Fault"))
    fact = build_in(tmp_path)
    assert isinstance(fact, Known)
    assert isinstance(fact.value.cxx11_abi, Unknown) and fact.value.cxx11_abi.reason is Reason.UNSUPPORTED


def test_missing_libraries_make_the_abi_unknown_and_not_the_version(tmp_path: Path) -> None:
    write_version(tmp_path, b"__version__ = '2.4.0'\ncuda = '12.1'\n")
    fact = build_in(tmp_path)
    assert isinstance(fact, Known) and fact.value.version == "2.4.0"
    assert isinstance(fact.value.cxx11_abi, Unknown)
    assert isinstance(fact.value.architectures, Unknown)


def test_no_torch_is_absent(tmp_path: Path) -> None:
    assert isinstance(build_in(tmp_path), Absent)


def test_a_folder_that_a_removed_torch_left_is_no_torch(tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    assert isinstance(build_in(tmp_path), Absent)


@pytest.mark.parametrize(
    "content",
    [b"", b"__version__ = version()\n", b"__version__ = 'cut", b"\0\0\0", b"\xff\xfe binary", b"(" * 100_000],
)
def test_an_unreadable_version_file_is_unknown(tmp_path: Path, content: bytes) -> None:
    write_version(tmp_path, content)
    fact = build_in(tmp_path)
    assert isinstance(fact, Unknown) and fact.reason is Reason.MALFORMED
    assert "version.py" in fact.detail


def test_a_torch_without_a_version_file_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("")
    fact = build_in(tmp_path)
    assert isinstance(fact, Unknown) and "version.py" in fact.detail
