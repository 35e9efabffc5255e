"""Checking files that somebody fetches or writes, against the matrix that ships with doctor."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from doctor.core.errors import MatrixError
from doctor.matrix.checked import part_of
from doctor.matrix.contradiction import find_contradictions
from doctor.matrix.document import parse, read_file
from doctor.matrix.fault import InvalidMatrixError
from doctor.matrix.load import shipped_part
from doctor.matrix.part import Part
from doctor.matrix.releases import ShippedReleases
from doctor.matrix.row import decode_rows
from doctor.matrix.shipped import shipped_file, shipped_files

if TYPE_CHECKING:
    from doctor.matrix.bundle import Bundle
    from doctor.matrix.lint import Remark


def check_bundle(bundle: Bundle) -> Part:
    """The rows of a bundle that is to take the place of the shipped matrix.

    Raises:
        InvalidMatrixError: with every error of every file.
        MatrixError: it is no whole matrix.
    """
    # Late: it is for those who fetch or derive files.
    from doctor.matrix.derived import check_together

    tables = [parse(name, content) for name, content in bundle.tables.items()]
    part = part_of(tables, foreign=True, derived=bundle.derived)
    if faults := [*part.faults, *check_together(bundle.derived)]:
        raise InvalidMatrixError(faults)
    lacking = {type(row).__name__ for row in shipped_part().rows} - {type(row).__name__ for row in part.rows}
    if lacking:
        raise MatrixError(
            f"{bundle.source} is no whole matrix: it has no rows of the kind {', '.join(sorted(lacking))}",
            hint="`--matrix FILE` adds rows to the matrix that is there",
        )
    return part


def validate_files(paths: Iterable[Path]) -> int:
    """Check files together, their sets also against the shipped pairs, and count their rows.

    Of a file about releases, which holds no rows, the lines count.

    Raises:
        InvalidMatrixError: with every error of every file.
    """
    # Late: it is for those who derive files.
    from doctor.matrix.derived import check_derived, name_of

    paths = list(paths)
    derived = [check_derived(path) for path in paths if name_of(path)]
    part = part_of([read_file(path) for path in paths if not name_of(path)], shipped_part().pairs, foreign=True)
    faults = [fault for _, found in derived for fault in found]
    if faults or part.faults:
        raise InvalidMatrixError([*part.faults, *faults])
    return len(part.rows) + sum(lines for lines, _ in derived)


def lint_files(paths: Sequence[Path], today: datetime.date) -> list[Remark]:
    """What is wrong with the rows of files together, or with those that ship with doctor when none is given.

    They are held against the lists of releases among the files, else against those that ship with doctor.

    Raises:
        InvalidMatrixError: the files have errors by themselves.
        MatrixError: the installed packaging cannot compare ranges of versions.
    """
    # Late: it is for those who write rows.
    from doctor.matrix.algebra import require_algebra
    from doctor.matrix.derived import check_derived, name_of
    from doctor.matrix.lint import lint_rows

    require_algebra()
    derived = {name: path.read_bytes() for path in paths if (name := name_of(path)) and path.is_file()}
    documents = [read_file(path) for path in paths if not name_of(path)]
    if not paths:
        documents = [parse(name, content) for name, content in shipped_files()]
    rows = [row for document in documents for row in decode_rows(document)]
    find_contradictions(rows, shipped_part().pairs if paths else ())
    faults = [fault for document in documents for fault in sorted(document.faults)]
    faults += [fault for path in paths if name_of(path) for fault in check_derived(path)[1]]
    if faults:
        raise InvalidMatrixError(faults)
    newest = {name: text for document in documents for name, text in document.tables.get("newest", {}).items()}
    releases = ShippedReleases(lambda name: derived[name] if name in derived else shipped_file(name))
    return lint_rows(rows, newest, today, releases)
