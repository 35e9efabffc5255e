"""Reading the header of a safetensors file: 8 bytes of length, JSON, and no weight.

The format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import itertools
import json
import operator
import os
from typing import Any, BinaryIO

from doctor.core.artifact.tensors import Damage, SafetensorsFile, group_kinds, group_tensors
from doctor.core.fact import Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.probes.artifact.bounded import POINTER, open_inside
from doctor.probes.artifact.header import METADATA, Columns, Entry, match_header
from doctor.probes.attempt import reason_of

MOST_HEADER = 100_000_000
"""The longest header that the safetensors library reads, in bytes."""

MOST_READ = 32 << 20
"""The longest header that is read here, in bytes: some 200,000 tensors. A file of the largest models has 3,000, and a
LoRA adapter on each of DeepSeek-V3's experts, in the one file that PEFT writes, 90,000 (15 MB)."""

LONGEST_NAME = 1000
"""Characters of a tensor's name: those of known models and adapters have up to 150."""

BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}
"""The bits of one element of each dtype."""


def read_safetensors(folder: str, name: str) -> Fact[SafetensorsFile]:
    """Read the header of a safetensors file; Unknown where it may not be read."""
    source = Source(kind=SourceKind.FILE, where=f"{folder}/{name}")
    try:
        with os.fdopen(open_inside(folder, name), "rb") as file:
            size = os.fstat(file.fileno()).st_size
            start = file.read(8)
            length = int.from_bytes(start, "little")
            if MOST_READ < length <= min(MOST_HEADER, size - 8):
                detail = f"its header has {length} bytes, of which no more than {MOST_READ} are read"
                return Unknown(reason=Reason.UNSUPPORTED, detail=detail, source=source)
            header = file.read(length) if len(start) == 8 and length <= MOST_HEADER else b""
    except OSError as error:
        return Unknown(reason=reason_of(error), detail=str(error), source=source)
    return Known(value=parse_header(name, size, start, length, header), source=source)


def read_layout(file: BinaryIO) -> tuple[int, list[Entry]]:
    """Return where the data of a safetensors file begin, and its tensors in the order of their bytes.

    Raises:
        OSError, ValueError, TypeError, KeyError: it cannot be read or is none.
    """
    length = int.from_bytes(file.read(8), "little")
    if length > MOST_HEADER:
        raise ValueError(f"it says that its header has {length} bytes")
    _, entries = read_header(file.read(length))
    return 8 + length, entries


def parse_header(name: str, size: int, start: bytes, length: int, header: bytes) -> SafetensorsFile:
    """Describe a file by its first 8 bytes, the length that they state, and the header that follows."""
    damage = _unreadable(size, start, length, header)
    if damage is not None:
        return SafetensorsFile(name=name, size=size, damages=(damage,))
    try:
        text = header.decode("utf-8")
        columns = match_header(text)
        if columns is not None and size == 8 + length + int(columns.ends[-1]) and _is_whole(columns):
            return _sound_file(name, size, columns)
        metadata, entries = _ordered(columns, text)
    except RecursionError:
        damage = Damage(kind="not-json", detail="its header nests too deep")
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        damage = Damage(kind="not-json", detail=f"its header is not JSON: {error}")
    except (ValueError, TypeError, KeyError) as error:
        damage = Damage(kind="not-a-table", detail=f"its header is no table of tensors: {error}")
    if damage is not None:
        return SafetensorsFile(name=name, size=size, damages=(damage,))
    stated = 8 + length + max((end for *_, end in entries), default=0)
    return SafetensorsFile(
        name=name,
        size=size,
        stated_size=stated,
        damages=(*_misfit(size, stated), *_layout(entries)),
        metadata=metadata,
        groups=group_tensors({entry[0]: (entry[1], entry[2]) for entry in entries}),
    )


def _is_whole(columns: Columns) -> bool:
    """Whether the tensors follow each other, and each has as many bytes as its dtype and its shape need."""
    return columns.adjoin() and all(
        dtype in BITS and _bytes_of(shape, BITS[dtype]) == length for dtype, shape, length in columns.kinds()
    )


def _sound_file(name: str, size: int, columns: Columns) -> SafetensorsFile:
    kinds = zip(columns.dtypes, columns.shapes, strict=True)
    return SafetensorsFile(
        name=name,
        size=size,
        stated_size=size,
        metadata=_told(columns.metadata),
        groups=group_kinds(zip(columns.names, kinds, strict=True)),
    )


def _unreadable(size: int, start: bytes, length: int, header: bytes) -> Damage | None:
    if size == 0:
        return Damage(kind="empty", detail="it is empty")
    if start == POINTER[:8]:
        return Damage(kind="pointer", detail="it is a Git LFS pointer, not the file")
    if len(start) < 8:
        return Damage(kind="short", detail=f"it has {size} bytes, too few for a header")
    if length > MOST_HEADER:
        return Damage(
            kind="header-too-large", detail=f"it says that its header has {length} bytes: it is no safetensors"
        )
    if len(header) < length:
        return Damage(kind="short", detail=f"it ends within its header: {size} bytes of at least {8 + length}")
    return None


def read_header(header: bytes) -> tuple[dict[str, str] | None, list[Entry]]:
    """Read the table of a header: its metadata, and the tensors in the order of their bytes.

    Raises:
        ValueError, TypeError, KeyError, RecursionError: it is none.
    """
    text = header.decode("utf-8")
    return _ordered(match_header(text), text)


def _ordered(columns: Columns | None, text: str) -> tuple[dict[str, str] | None, list[Entry]]:
    metadata, entries = (columns.metadata, columns.entries()) if columns else decode_header(text)
    if any(begin > end for *_, begin, end in entries):  # JSON says of which
        metadata, entries = decode_header(text)
    entries.sort(key=operator.itemgetter(3, 4))
    return _told(metadata), entries


def _told(metadata: Any) -> dict[str, str] | None:
    if not isinstance(metadata, dict):
        return None
    return {_text(name): _text(str(value))[:1000] for name, value in metadata.items()}


def decode_header(text: str) -> tuple[Any, list[Entry]]:
    """The metadata and the tensors of any JSON that is a table of tensors.

    Raises:
        ValueError, TypeError, KeyError, RecursionError: it is none.
    """
    table = json.loads(text)
    if not isinstance(table, dict):
        raise TypeError("it is not an object")
    metadata = table.pop(METADATA, None)
    return metadata, [_entry(name, item) for name, item in table.items()]


def _entry(name: str, item: Any) -> Entry:
    if len(name) > LONGEST_NAME:
        raise ValueError(f"a name has {len(name)} characters: {_text(name[:40])}...")
    begin, end = item["data_offsets"]
    shape = tuple(item["shape"])
    numbers = (begin, end, *shape)
    if any(type(number) is not int or number < 0 for number in numbers) or end < begin:
        raise ValueError(f"{name} has the shape {list(shape)} and the offsets {begin} and {end}")
    return _text(name), str(item["dtype"]), shape, begin, end


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _misfit(size: int, stated: int) -> list[Damage]:
    if size < stated:
        return [Damage(kind="truncated", detail=f"it has {size} of the {stated} bytes that its header describes")]
    if size > stated:
        return [Damage(kind="trailing", detail=f"{size - stated} bytes follow what its header describes")]
    return []


def _layout(entries: list[Entry]) -> list[Damage]:
    """Find the first of each kind: bytes that no tensor or two tensors own, and tensors of a wrong length."""
    found: dict[str, Damage] = {}

    def tell(kind: str, detail: str) -> None:
        found.setdefault(kind, Damage(kind=kind, detail=detail))

    if entries and entries[0][3] > 0:
        tell("hole", f"no tensor owns the {entries[0][3]} bytes before {entries[0][0]}")
    for one, other in itertools.pairwise(entries):
        if other[3] < one[4]:
            tell("overlap", f"{other[0]} begins within {one[0]}")
        elif other[3] > one[4]:
            tell("hole", f"no tensor owns the {other[3] - one[4]} bytes between {one[0]} and {other[0]}")
    for name, dtype, shape, begin, end in entries:
        bits = BITS.get(dtype)
        if bits is None:
            tell("dtype", f"{name} is of the dtype {dtype[:40]!r}, which the format does not know")
        elif _bytes_of(shape, bits) != end - begin:
            tell(
                "length",
                f"{name} has {end - begin} bytes, {_bytes_of(shape, bits)} are needed for {dtype} {list(shape)}",
            )
    return list(found.values())


def _bytes_of(shape: tuple[int, ...], bits: int) -> int:
    for size in shape:
        bits *= size
    return -(-bits // 8)
