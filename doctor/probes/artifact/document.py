"""Reading JSON that others wrote: bounded in size and depth, and never trusted to be what it should be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from doctor.core.artifact.folder import Document
from doctor.core.artifact.tensors import Damage
from doctor.core.fact import Absent, Fact, Known, Source, SourceKind, Unknown
from doctor.probes.artifact.bounded import POINTER, read_inside
from doctor.probes.attempt import reason_of

MOST_BYTES = 8 << 20
"""Bytes of a JSON file that are read; the largest known tokenizer_config.json has 2 MiB."""


def read_document(folder: str, name: str, most: int = MOST_BYTES) -> Fact[Document]:
    """Read a JSON file that should hold an object.

    Absent where there is none, Unknown where it may not be read; what is wrong with its content
    is part of the document.
    """
    path = Path(folder) / name
    source = Source(kind=SourceKind.FILE, where=str(path))
    try:
        content, size = read_inside(folder, name, most)
    except FileNotFoundError:
        return Absent(source=source, detail=f"there is no {name}")
    except OSError as error:
        return Unknown(reason=reason_of(error), detail=str(error), source=source)
    value, damage = parse_object(content, size)
    return Known(value=Document(name=name, value=value, damage=damage), source=source)


def parse_object(content: bytes, size: int) -> tuple[dict[str, Any], Damage | None]:
    """Parse the JSON object in `content`, the beginning of a file of `size` bytes.

    Returns it, or an empty one and why it is none.
    """
    if not content.strip():
        return {}, Damage(kind="empty", detail="it is empty")
    if content.startswith(POINTER):
        return {}, Damage(kind="pointer", detail="it is a Git LFS pointer, not the file")
    if size > len(content):
        return {}, Damage(kind="too-large", detail=f"it has {size} bytes, more than the {len(content)} that are read")
    try:
        value = json.loads(content.decode("utf-8"), parse_constant=str)
    except RecursionError:
        return {}, Damage(kind="too-deep", detail="it nests too deep")
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are of this kind
        return {}, Damage(kind="not-json", detail=f"it is not JSON: {error}")
    if not isinstance(value, dict):
        return {}, Damage(kind="not-an-object", detail=f"it holds {_kind(value)} in place of an object")
    return _clean(value) if b"\\ud" in content.lower() else value, None


def _kind(value: object) -> str:
    kinds = {list: "a list", str: "a text", int: "a number", float: "a number", bool: "a truth value"}
    return kinds.get(type(value), "null")


def _clean(value: Any) -> Any:
    r"""Replace what JSON can write (``\ud800``) and UTF-8 cannot; recursion ends where json's own did."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_clean(name): _clean(item) for name, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value
