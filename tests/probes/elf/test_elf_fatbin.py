"""The walk over CUDA code: headers only, whatever lies between them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from doctor.probes.elf.elf import ElfError, ElfFile
from doctor.probes.elf.fatbin import architectures
from tests.probes.elf.builder import HAS_COMPILER, compile_library

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="compiles libraries with g++")

PTX, CUBIN = 1, 2
SPECIFIC, FAMILY = 0x100000, 0x200000


def entry(kind: int, architecture: int, body: bytes, flags: int = 0) -> bytes:
    """One kernel: a header of 64 bytes with the architecture at byte 28 and flags at byte 40, and its code."""
    header = struct.pack("<HHIQIIHHIIIQ", kind, 0x101, 64, len(body), 0, 0, 0, 0, architecture, 0, 0, 0x8011 | flags)
    return header.ljust(64, b"\0") + body


def container(*entries: bytes) -> bytes:
    """One container of kernels with its header of 16 bytes."""
    content = b"".join(entries)
    return struct.pack("<IHHQ", 0xBA55ED50, 1, 16, len(content)) + content


def library(path: Path, content: bytes) -> ElfFile:
    numbers = ",".join(str(byte) for byte in content)
    attributes = '__attribute__((section(".nv_fatbin"), used, aligned(8)))'
    compile_library(path, f"{attributes} static const unsigned char kernels[] = {{{numbers}}};")
    return ElfFile(str(path))


def test_architectures_of_several_containers_are_sorted_and_named(tmp_path: Path) -> None:
    first = container(entry(CUBIN, 90, bytes(40)), entry(PTX, 90, b"//ptx\0\0\0"))
    second = container(entry(CUBIN, 100, bytes(8)), entry(CUBIN, 80, bytes(16)))
    with library(tmp_path / "kernels.so", first + bytes(24) + second + bytes(8)) as elf:
        assert architectures(elf) == ("sm_80", "sm_90", "sm_100", "compute_90")


def test_code_for_one_architecture_or_family_only_is_named_so(tmp_path: Path) -> None:
    kernels = [entry(CUBIN, 90, bytes(8)), entry(CUBIN, 90, bytes(8), SPECIFIC), entry(CUBIN, 100, bytes(8), FAMILY)]
    content = container(*kernels, entry(PTX, 90, bytes(8), SPECIFIC))
    with library(tmp_path / "kernels.so", content) as elf:
        assert architectures(elf) == ("sm_90", "sm_90a", "sm_100f", "compute_90a")


def test_a_kernel_whose_code_holds_the_magic_number_is_one_kernel(tmp_path: Path) -> None:
    body = container(entry(CUBIN, 35, bytes(8)))
    with library(tmp_path / "kernels.so", container(entry(CUBIN, 75, body))) as elf:
        assert architectures(elf) == ("sm_75",)


def test_a_library_without_cuda_code_has_none(tmp_path: Path) -> None:
    compile_library(tmp_path / "plain.so", "int f() { return 1; }")
    with ElfFile(str(tmp_path / "plain.so")) as elf:
        assert architectures(elf) == ()


def test_without_a_section_table_it_is_not_known_whether_there_is_cuda_code(tmp_path: Path) -> None:
    compile_library(tmp_path / "plain.so", "int f() { return 1; }")
    content = bytearray((tmp_path / "plain.so").read_bytes())
    content[40:48] = bytes(8)  # e_shoff
    (tmp_path / "plain.so").write_bytes(content)
    with ElfFile(str(tmp_path / "plain.so")) as elf, pytest.raises(ElfError, match="section table"):
        architectures(elf)


def test_another_layout_is_an_error_and_not_an_empty_answer(tmp_path: Path) -> None:
    with library(tmp_path / "kernels.so", b"\x01\x02\x03\x04" * 16) as elf, pytest.raises(ElfError, match="laid out"):
        architectures(elf)


def test_a_kernel_with_a_header_that_is_too_short_is_an_error_and_not_read_for_ever(tmp_path: Path) -> None:
    broken = bytearray(container(entry(CUBIN, 90, bytes(8))))
    broken[16 + 4 : 16 + 8] = struct.pack("<I", 8)
    with library(tmp_path / "kernels.so", bytes(broken)) as elf, pytest.raises(ElfError, match="laid out"):
        architectures(elf)


def test_a_container_that_is_cut_short_ends_the_section(tmp_path: Path) -> None:
    whole = container(entry(CUBIN, 90, bytes(8)))
    with library(tmp_path / "kernels.so", whole + bytes(16) + struct.pack("<IHH", 0xBA55ED50, 1, 16)) as elf:
        assert architectures(elf) == ("sm_90",)
