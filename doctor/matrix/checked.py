"""Reading matrix files and checking what they say, with the line and column of every error."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from doctor.core.breakage import Breakage
from doctor.core.matrix import Pair
from doctor.matrix.breakage import check_symptoms
from doctor.matrix.contradiction import find_contradictions
from doctor.matrix.document import Document, parse, read_file
from doctor.matrix.fault import InvalidMatrixError
from doctor.matrix.part import Part
from doctor.matrix.row import decode_rows
from doctor.matrix.shipped import is_derived, shipped_derived, shipped_files
from doctor.matrix.store import Update, read_derived, read_tables


def check_shipped() -> Part:
    """The rows of the shipped TOML files, checked.

    Raises:
        MatrixError: a file cannot be read or has errors.
    """
    part = part_of([parse(name, content) for name, content in shipped_files()], derived=shipped_derived())
    _refuse_faults([part])
    return part


def check_stored(update: Update) -> Part:
    """The rows of a stored matrix, checked.

    Raises:
        MatrixError: a file cannot be read or has errors.
    """
    derived = {name: read_derived(update, name) or b"" for name in sorted(update.files) if is_derived(name)}
    part = part_of([parse(name, content) for name, content in read_tables(update)], derived=derived)
    _refuse_faults([part])
    return part


def check_extra(paths: Iterable[Path], pairs: Sequence[Pair]) -> list[Part]:
    """The rows of a user's files, each checked by itself and against the `pairs` that it adds to.

    Raises:
        InvalidMatrixError: with every error of every file.
    """
    parts = [part_of([read_file(path)], pairs, foreign=True) for path in paths]
    _refuse_faults(parts)
    return parts


def part_of(
    documents: Sequence[Document],
    pairs: Sequence[Pair] = (),
    *,
    foreign: bool = False,
    derived: Mapping[str, bytes] | None = None,
) -> Part:
    """Check documents together; the digest is that of them and of the files about releases beside them.

    The patterns of those that ship with doctor a test has checked.
    """
    rows = [row for document in documents for row in decode_rows(document)]
    if foreign:
        for row in rows:
            if isinstance(row.value, Breakage):
                check_symptoms(row.value, row.place, row.document.report)
    find_contradictions(rows, pairs)
    digest = hashlib.sha256()
    newest: dict[str, str] = {}
    for document in documents:
        digest.update(document.text.encode())
        newest |= document.tables.get("newest", {}) if not document.faults else {}
    for name, content in (derived or {}).items():
        digest.update(b"\0" + name.encode() + b"\0" + content)
    return Part(
        rows=tuple(row.value for row in rows),
        faults=tuple(fault for document in documents for fault in sorted(document.faults)),
        newest=newest,
        updated=max((str(document.tables.get("updated", "")) for document in documents), default=""),
        digest=digest.hexdigest(),
    )


def _refuse_faults(parts: Iterable[Part]) -> None:
    faults = [fault for part in parts for fault in part.faults]
    if faults:
        raise InvalidMatrixError(faults)
