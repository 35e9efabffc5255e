"""Loading the matrix: the shipped files, and those that the user adds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from doctor.core.breakage import Breakage
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
from doctor.matrix.compiled import read_compiled
from doctor.matrix.kinds import key_of
from doctor.matrix.part import Part
from doctor.matrix.releases import ShippedReleases
from doctor.matrix.shipped import COMPILED, shipped_file, shipped_packages

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
    parts = [base]
    if extra:
        # Late: an installation has its own rows compiled, and reads no TOML.
        from doctor.matrix.checked import check_extra

        parts += check_extra(extra, base.pairs)
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
    shipped = shipped_part()
    update = stored.current(store) if store is not None else None
    # A newer doctor ships a newer matrix than the one that was fetched for the old one.
    if update is None or update.updated <= shipped.updated:
        return shipped, ""
    part = stored.read_part(update)
    if part is None:
        from doctor.matrix.checked import check_stored

        part = check_stored(update)
    return part, UPDATED


def shipped_part() -> Part:
    """The rows that ship with doctor: those of a wheel are compiled.

    Raises:
        MatrixError: the files cannot be read or have errors.
    """
    compiled = shipped_file(COMPILED)
    if compiled:
        return read_compiled(compiled)
    from doctor.matrix.checked import check_shipped

    return check_shipped()


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
