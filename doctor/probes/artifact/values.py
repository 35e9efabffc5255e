"""Scanning the data of a safetensors file for values that no training leaves: NaN, infinity, all zero.

With the standard library alone. A value is not finite when all bits of its exponent are set. Of
little-endian numbers the byte that tells is the last one, so that slices of every second or fourth byte
are searched, at the speed of memory; only where one is found, single values are looked at.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO

from doctor.core.artifact.tensors import TensorValues
from doctor.core.fact import Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.probes.artifact.bounded import open_inside
from doctor.probes.artifact.header import Entry
from doctor.probes.artifact.safetensors import read_layout
from doctor.probes.attempt import reason_of

CHUNK = 8 << 20
"""Bytes that are looked at in one go; a multiple of every element's size."""

_ZEROS = bytes(CHUNK)

_FULL_HALF = bytes(sign | rest for sign in (0x00, 0x80) for rest in range(0x7C, 0x80))


def scan_values(folder: str, name: str) -> Fact[TensorValues]:
    """Scan the data of a safetensors file; Unknown where it cannot be read or is damaged."""
    source = Source(kind=SourceKind.FILE, where=f"{folder}/{name}")
    try:
        with os.fdopen(open_inside(folder, name), "rb") as file:
            start, entries = read_layout(file)
            found = [(entry[0], *_scan(file, start, entry)) for entry in entries if entry[4] > entry[3]]
    except OSError as error:
        return Unknown(reason=reason_of(error), detail=str(error), source=source)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        return Unknown(reason=Reason.MALFORMED, detail=f"{name} cannot be scanned: {error}", source=source)
    not_finite = tuple(tensor for tensor, finite, _ in found if not finite)
    zero = tuple(tensor for tensor, _, nonzero in found if not nonzero)
    return Known(value=TensorValues(not_finite=not_finite, zero=zero), source=source)


def _scan(file: BinaryIO, start: int, entry: Entry) -> tuple[bool, bool]:
    """Return whether all values of a tensor are finite, and whether one is other than zero."""
    _, dtype, _, begin, end = entry
    finite_in = FINITE.get(dtype, _always)
    finite, nonzero = True, False
    file.seek(start + begin)
    left = end - begin
    while left and (finite or not nonzero):
        chunk = file.read(min(CHUNK, left))
        if not chunk:
            raise ValueError(f"the file ends within {entry[0]}")
        left -= len(chunk)
        # Compared before anything else: a file with a hole is read at the speed of memory.
        if chunk == _ZEROS[: len(chunk)]:
            continue
        nonzero = True
        finite = finite and finite_in(chunk)
    return finite, nonzero


def _always(chunk: bytes) -> bool:
    return True


def _finite_half(chunk: bytes) -> bool:
    high = chunk[1::2]
    return len(high.translate(None, _FULL_HALF)) == len(high)


def _finite_bfloat(chunk: bytes) -> bool:
    return _finite_wide(chunk, 2, 0x80)


def _finite_single(chunk: bytes) -> bool:
    return _finite_wide(chunk, 4, 0x80)


def _finite_double(chunk: bytes) -> bool:
    return _finite_wide(chunk, 8, 0xF0)


def _finite_wide(chunk: bytes, size: int, mask: int) -> bool:
    """Whether no value has 7 bits of its exponent set in its last byte and those of `mask` in the one before."""
    high = chunk[size - 1 :: size]
    if b"\x7f" not in high and b"\xff" not in high:
        return True
    low = chunk[size - 2 :: size]
    return not any(one & 0x7F == 0x7F and two & mask == mask for one, two in zip(high, low, strict=False))


def _finite_eighth(chunk: bytes) -> bool:
    # E4M3FN has no infinity, and a NaN of either sign: https://onnx.ai/onnx/technical/float8.html
    return b"\x7f" not in chunk and b"\xff" not in chunk


def _finite_eighth_wide(chunk: bytes) -> bool:
    return len(chunk.translate(None, _FULL_HALF)) == len(chunk)


FINITE: dict[str, Callable[[bytes], bool]] = {
    "F8_E4M3": _finite_eighth,
    "F8_E5M2": _finite_eighth_wide,
    "F16": _finite_half,
    "BF16": _finite_bfloat,
    "F32": _finite_single,
    "F64": _finite_double,
}
"""How the finite are told of each dtype in floating point."""
