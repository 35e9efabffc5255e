"""The rows of a document, each decoded and checked by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from doctor.matrix.check import check_row
from doctor.matrix.decode import decode, describe, did_you_mean
from doctor.matrix.document import Document
from doctor.matrix.kinds import ROW_TYPES
from doctor.matrix.locate import Place
from doctor.matrix.values import check_versions, is_date

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A decoded row, and where it stands."""

    value: Any
    document: Document
    place: Place


_TOLD = 20
"""Unknown tables of a file that are told one by one: to look for what was meant takes longer than all else."""


def decode_rows(document: Document) -> list[Row]:
    """The rows of a document that could be decoded; the errors of the others are reported in it."""
    if document.faults or not _of_this_schema(document):
        return []
    _check_head(document)
    return [row for kind in ROW_TYPES for row in _rows_of(kind, document)]


def _of_this_schema(document: Document) -> bool:
    schema = document.tables.get("schema")
    if type(schema) is int and schema == SCHEMA:
        return True
    found = "no such key" if schema is None else describe(schema)
    document.report(("schema",), f"expected `schema = {SCHEMA}` at the head of the file, found {found}")
    # Of a file without it the rows are judged all the same; those of another schema cannot be.
    return schema is None


def _check_head(document: Document) -> None:
    known = ("schema", "updated", "newest", *ROW_TYPES)
    unknown = [name for name in document.tables if name not in known]
    for name in unknown[:_TOLD]:
        document.report((name,), f"the key {name!r} is not known{did_you_mean(name, known)}")
    if len(unknown) > _TOLD:
        document.report((unknown[_TOLD],), f"this key and {len(unknown) - _TOLD - 1:,} more are not known")
    updated = document.tables.get("updated")
    if updated is None:
        document.report(("updated",), "the key 'updated' is missing: expected a date, `updated = \"YYYY-MM-DD\"`")
    elif not is_date(updated):
        document.report(("updated",), f'updated: expected a date as text, "YYYY-MM-DD", found {describe(updated)}')
    newest = document.tables.get("newest", {})
    if decode(dict[str, str], newest, ("newest",), document.report) is not None:
        check_versions(newest, ("newest",), document.report)


def _rows_of(kind: str, document: Document) -> Iterator[Row]:
    tables = document.tables.get(kind, [])
    if not isinstance(tables, list):
        document.report((kind,), f"expected an array of tables, `[[{kind}]]`, found {describe(tables)}")
        return
    updated = document.tables.get("updated")
    for index, table in enumerate(tables):
        place = (kind, index)
        value = decode(ROW_TYPES[kind], table, place, document.report)
        if value is not None:
            check_row(value, place, updated, document.report)
            yield Row(value, document, place)
