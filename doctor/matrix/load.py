"""Loading the matrix: the shipped files, and those that the user adds."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doctor.core.breakage import Breakage
from doctor.core.errors import MatrixError
from doctor.core.matrix import (
    AdapterKey,
    CudaRelease,
    Floor,
    Generation,
    GpuModel,
    KnownGoodSet,
    Matrix,
    Pair,
    WheelBuild,
)
from doctor.matrix import store as stored
from doctor.matrix.breakage import check_symptoms
from doctor.matrix.compiled import read_compiled
from doctor.matrix.contradiction import find_contradictions
from doctor.matrix.document import Document, parse, read_file
from doctor.matrix.fault import InvalidMatrixError
from doctor.matrix.part import Part
from doctor.matrix.releases import ShippedReleases
from doctor.matrix.row import decode_rows, key_of
from doctor.matrix.shipped import COMPILED, is_derived, shipped_derived, shipped_file, shipped_files, shipped_packages

if TYPE_CHECKING:
    # At run time only the commands that write or fetch rows need them.
    from doctor.matrix.bundle import Bundle
    from doctor.matrix.lint import Remark

UPDATED = " (by doctor matrix update)"
"""What stands behind the version of a matrix that is not the shipped one."""


def load_matrix(extra: Sequence[Path] = (), *, store: Path | None = None) -> Matrix:
    """The shipped matrix, with the rows of the files `extra` added.

    Where `doctor matrix update` has put a newer one into the folder `store`, that takes its place;
    its version then says so. A row of a later file replaces the earlier one with the same key: the
    name of a set, a pair, a breakage or a GPU, the version of a CUDA release, the package, version
    and processor of a wheel.

    Raises:
        MatrixError: a file cannot be read or has errors; the message holds all of them.
    """
    base, origin = base_part(store)
    parts = [base, *(_part([read_file(path)], base.pairs, foreign=True) for path in extra)]
    _refuse_faults(parts)
    update = stored.current(store) if origin and store is not None else None
    return _merge(parts, origin, _releases_of(update) if update else ShippedReleases())


def _releases_of(update: stored.Update) -> ShippedReleases:
    """The releases as the stored matrix tells them; what it does not bring ships with doctor."""

    def read(name: str) -> bytes | None:
        content = stored.read_derived(update, name)
        return shipped_file(name) if content is None else content

    def packages() -> tuple[str, ...]:
        brought = {Path(name).stem for name in update.files if name.startswith("releases/")}
        return tuple(sorted({*shipped_packages(), *brought}))

    return ShippedReleases(read, packages)


def base_part(store: Path | None) -> tuple[Part, str]:
    """The rows that others are added to, and where they come from, "" for the shipped ones.

    Raises:
        MatrixError: the shipped or the stored files cannot be read or have errors.
    """
    shipped = _shipped()
    update = stored.current(store) if store is not None else None
    # A newer doctor ships a newer matrix than the one that was fetched for the old one.
    if update is None or update.updated <= shipped.updated:
        return shipped, ""
    part = stored.read_part(update)
    if part is None:
        derived = {name: stored.read_derived(update, name) or b"" for name in sorted(update.files) if is_derived(name)}
        part = _part([parse(name, content) for name, content in stored.read_tables(update)], derived=derived)
        _refuse_faults([part])
    return part, UPDATED


def check_bundle(bundle: Bundle) -> Part:
    """The rows of a bundle that is to take the place of the shipped matrix.

    Raises:
        InvalidMatrixError: with every error of every file.
        MatrixError: it is no whole matrix.
    """
    # Late: it is for those who fetch or derive files.
    from doctor.matrix.derived import check_together

    tables = [parse(name, content) for name, content in bundle.tables.items()]
    part = _part(tables, foreign=True, derived=bundle.derived)
    if faults := [*part.faults, *check_together(bundle.derived)]:
        raise InvalidMatrixError(faults)
    lacking = {type(row).__name__ for row in _shipped().rows} - {type(row).__name__ for row in part.rows}
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
    part = _part([read_file(path) for path in paths if not name_of(path)], _shipped().pairs, foreign=True)
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
    find_contradictions(rows, _shipped().pairs if paths else ())
    faults = [fault for document in documents for fault in sorted(document.faults)]
    faults += [fault for path in paths if name_of(path) for fault in check_derived(path)[1]]
    if faults:
        raise InvalidMatrixError(faults)
    newest = {name: text for document in documents for name, text in document.tables.get("newest", {}).items()}
    releases = ShippedReleases(lambda name: derived[name] if name in derived else shipped_file(name))
    return lint_rows(rows, newest, today, releases)


def check_shipped() -> Part:
    """The rows of the shipped TOML files, checked.

    Raises:
        MatrixError: a file cannot be read or has errors.
    """
    part = _part([parse(name, content) for name, content in shipped_files()], derived=shipped_derived())
    _refuse_faults([part])
    return part


def _shipped() -> Part:
    compiled = shipped_file(COMPILED)
    return read_compiled(compiled) if compiled else check_shipped()


def _part(
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
    import hashlib  # late: the rows that ship with doctor have their digest with them

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


def _digest_of(parts: Sequence[Part]) -> str:
    if len(parts) == 1:
        return parts[0].digest
    import hashlib

    return hashlib.sha256("".join(part.digest for part in parts).encode()).hexdigest()


def _merge(parts: Sequence[Part], origin: str, releases: ShippedReleases) -> Matrix:
    chosen: dict[tuple[str, ...], Any] = {}
    newest: dict[str, str] = {}
    for part in parts:
        chosen |= {key_of(row): row for row in part.rows}
        newest |= part.newest
    values = chosen.values()
    return Matrix(
        version=f"{max(part.updated for part in parts)}+{_digest_of(parts)[:8]}{origin}",
        sets=tuple(row for row in values if isinstance(row, KnownGoodSet)),
        cuda_releases=tuple(row for row in values if isinstance(row, CudaRelease)),
        gpu_models=tuple(row for row in values if isinstance(row, GpuModel)),
        wheel_builds=tuple(row for row in values if isinstance(row, WheelBuild)),
        pairs=tuple(row for row in values if isinstance(row, Pair)),
        breakages=tuple(row for row in values if isinstance(row, Breakage)),
        adapter_keys=tuple(row for row in values if isinstance(row, AdapterKey)),
        floors=tuple(row for row in values if isinstance(row, Floor)),
        generations=tuple(row for row in values if isinstance(row, Generation)),
        newest=newest,
        releases=releases,
    )
