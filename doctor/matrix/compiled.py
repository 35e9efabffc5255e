"""The shipped matrix as a wheel holds it: checked when the wheel was built, and read in a few milliseconds.

Parsing and checking the TOML files takes longer than everything else that `doctor check` does
with them, and grows with every row.
"""

from __future__ import annotations

from typing import Any

import msgspec

from doctor.core.errors import MatrixError
from doctor.matrix.kinds import ROW_TYPES
from doctor.matrix.part import Part


class _File(msgspec.Struct):
    digest: str
    updated: str
    newest: dict[str, str]
    rows: dict[str, msgspec.Raw]


def compile_part(part: Part) -> bytes:
    """The content of the file for rows without faults: the same rows give the same bytes."""
    assert not part.faults
    rows: dict[str, list[Any]] = {
        kind: [row for row in part.rows if type(row) is row_type] for kind, row_type in ROW_TYPES.items()
    }
    content = {"digest": part.digest, "updated": part.updated, "newest": part.newest, "rows": rows}
    return msgspec.json.encode(content)


def read_compiled(content: bytes) -> Part:
    """The rows of such a file.

    Raises:
        MatrixError: this is none.
    """
    try:
        file = msgspec.json.decode(content, type=_File)
        rows = [row for kind, raw in file.rows.items() for row in _rows_of(kind, raw)]
    except (msgspec.DecodeError, KeyError) as error:
        raise MatrixError(
            f"the matrix that ships with doctor is damaged: {error}", hint="install doctor again"
        ) from error
    return Part(rows=tuple(rows), newest=file.newest, updated=file.updated, digest=file.digest)


def _rows_of(kind: str, raw: msgspec.Raw) -> list[Any]:
    row_type: Any = ROW_TYPES[kind]
    found: list[Any] = msgspec.json.decode(raw, type=list[row_type])
    return found
