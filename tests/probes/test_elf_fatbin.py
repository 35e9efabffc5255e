"""The walk over CUDA code: headers only, whatever lies between them."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from doctor.probes.elf import ElfError, ElfFile
from doctor.probes.fatbin import architectures
from tests.probes.elf_builder import HAS_COMPILER, compile_library

pytestmark = pytest.mark.skipif(not HAS_COMPILER, reason="compiles libraries with g++")

PTX, CUBIN = 1, 2


def entry(kind: int, architecture: int, body: bytes) -> bytes:
    """One kernel: a header of 64 bytes with the architecture at byte 28, and its code."""
    header = struct.pack("<HHIQIIHHI", kind, 0x101, 64, len(body), 0, 0, 0, 0, architecture)
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


def test_a_kernel_whose_code_holds_the_magic_number_is_one_kernel(tmp_path: Path) -> None:
    body = container(entry(CUBIN, 35, bytes(8)))
    with library(tmp_path / "kernels.so", container(entry(CUBIN, 75, body))) as elf:
        assert architectures(elf) == ("sm_75",)


def test_a_library_without_cuda_code_has_none(tmp_path: Path) -> None:
    compile_library(tmp_path / "plain.so", "int f() { return 1; }")
    with ElfFile(str(tmp_path / "plain.so")) as elf:
        assert architectures(elf) == ()


def test_another_layout_is_an_error_and_not_an_empty_answer(tmp_path: Path) -> None:
    with library(tmp_path / "kernels.so", b"\x01\x02\x03\x04" * 16) as elf, pytest.raises(ElfError, match="laid out"):
        architectures(elf)
