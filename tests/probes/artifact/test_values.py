"""Scanning the values of weight files: every dtype, holes, ends, and what is no file of tensors."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.artifact.tensors import TensorValues
from doctor.core.fact import Known, Reason, Unknown
from doctor.probes.artifact.values import CHUNK, scan_values
from tests.models import Stored, encode

NAMES = {
    "F16": (b"\x00\x7e", b"\xff\x7b"),
    "BF16": (b"\xc0\xff", b"\x7f\x7f"),
    "F32": (b"\x00\x00\x80\x7f", b"\xff\xff\x7f\x7f"),
    "F64": (b"\x00" * 6 + b"\xf0\xff", b"\xff" * 6 + b"\xef\x7f"),
    "F8_E4M3": (b"\xff", b"\x7e"),
    "F8_E5M2": (b"\x7c", b"\x7b"),
}
"""Of each dtype something that is no finite number, and the largest number."""


def scanned(folder: Path, **contents: tuple[str, bytes]) -> TensorValues:
    widths = {name: len(NAMES[dtype][0]) for name, (dtype, _) in contents.items()}
    tensors = {
        name: Stored(dtype, (len(content) // widths[name],), content) for name, (dtype, content) in contents.items()
    }
    (folder / "model.safetensors").write_bytes(encode(tensors))
    found = scan_values(str(folder), "model.safetensors")
    assert isinstance(found, Known), found
    return found.value


@pytest.mark.parametrize("dtype", NAMES)
def test_what_is_no_number_is_found_wherever_it_stands(dtype: str, tmp_path: Path):
    broken, largest = NAMES[dtype]
    zeros = bytes(len(broken))
    found = scanned(
        tmp_path,
        first=(dtype, broken + 99 * zeros),
        last=(dtype, 99 * largest + broken),
        behind=(dtype, bytes(CHUNK) + largest + broken),
        sound=(dtype, 100 * largest),
        empty=(dtype, 100 * zeros),
    )
    assert found == TensorValues(not_finite=("first", "last", "behind"), zero=("empty",))


def test_other_types_are_only_looked_at_for_zeros(tmp_path: Path):
    tensors = {"a": Stored("I32", (2,), b"\xff" * 8), "b": Stored("U8", (4,))}
    (tmp_path / "x.safetensors").write_bytes(encode(tensors))
    found = scan_values(str(tmp_path), "x.safetensors")
    assert isinstance(found, Known)
    assert found.value == TensorValues(zero=("b",))


def test_a_file_that_ends_early_is_not_known(tmp_path: Path):
    path = tmp_path / "x.safetensors"
    path.write_bytes(encode({"a": Stored("BF16", (64, 64))})[:-1])
    found = scan_values(str(tmp_path), path.name)
    assert isinstance(found, Unknown)
    assert found.reason is Reason.MALFORMED
    assert "ends within a" in found.detail


def test_a_large_file_takes_little_memory(tmp_path: Path):
    """256 MiB with a hole: what is read at a time is bounded, and a hole costs no disk."""
    size = 1 << 28
    header = b'{"a":{"dtype":"BF16","shape":[%d],"data_offsets":[0,%d]}}' % (size // 2, size)
    path = tmp_path / "x.safetensors"
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + size)
    assert path.stat().st_blocks * 512 < 1 << 20
    code = (
        "import sys\n"
        "from doctor.probes.artifact.values import scan_values\n"
        "zero = scan_values(sys.argv[1], 'x.safetensors').value.zero\n"
        # Not ru_maxrss: that is never less than what the process held before it became Python.
        "print(zero, next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    zero, _, peak = done.stdout.rpartition(" ")
    assert zero == "('a',)"
    assert int(peak) < 120 << 10  # KiB
