"""What is wrong with rows about wheels, CUDA releases and capabilities beside each other and the lists of releases."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from packaging.version import Version

from doctor.core.machine.architecture import parse_capability
from doctor.core.matrix import CudaRelease, Floor, Generation, WheelBuild
from doctor.core.report import Severity
from doctor.matrix.algebra import is_disjoint, is_empty
from doctor.matrix.locate import Place
from doctor.matrix.releases import ShippedReleases
from doctor.matrix.row import Row

Found = Iterator[tuple[Row, Place, Severity, str, str]]
"""A row, the place in it, the severity, the kind, the message."""

_RUNTIME = re.compile(r"nvidia-cuda-runtime-cu\d+ ?\(?==(?P<version>\d+\.\d+)")
"""Which CUDA the wheels of torch for x86_64 require; from 2.11 on the package cuda-toolkit has taken its place."""


def lint_hardware(rows: Sequence[Row], newest: dict[str, str], releases: ShippedReleases) -> Found:
    """Every remark on such rows; `releases` are the lists that they belong to."""
    checks: tuple[Callable[[], Found], ...] = (
        lambda: _drivers(_of(rows, CudaRelease)),
        lambda: _floors(_of(rows, Floor)),
        lambda: _generations(_of(rows, Generation)),
        lambda: _wheels(_of(rows, WheelBuild), releases),
        lambda: _unread(_of(rows, WheelBuild), releases),
        lambda: _newest(rows, newest, releases),
    )
    return itertools.chain.from_iterable(check() for check in checks)


def _of(rows: Sequence[Row], kind: type[Any]) -> list[Row]:
    return [row for row in rows if isinstance(row.value, kind)]


def _drivers(rows: Sequence[Row]) -> Found:
    """A later CUDA release cannot come with an older driver, and one major version has one minimum."""
    ordered = sorted(rows, key=lambda row: Version(row.value.version))
    for before, row in itertools.pairwise(ordered):
        for name in ("minimum_driver", "toolkit_driver"):
            older, newer = getattr(before.value, name), getattr(row.value, name)
            if Version(newer) < Version(older):
                message = f"CUDA {row.value.version} takes {newer}, and CUDA {before.value.version} before it {older}"
                yield row, (name,), Severity.ERROR, "contradictory", message
        same = before.value.version.partition(".")[0] == row.value.version.partition(".")[0]
        if same and before.value.minimum_driver != row.value.minimum_driver:
            message = f"within a major version the minimum is one: CUDA {before.value.version} has another"
            yield row, ("minimum_driver",), Severity.ERROR, "contradictory", message


def _floors(rows: Sequence[Row]) -> Found:
    """Two rows for one release, and ranges of capabilities or versions that nothing is in."""
    for row in rows:
        minimum, below = parse_capability(row.value.minimum), parse_capability(row.value.below)
        if minimum and below and minimum >= below:
            yield row, ("below",), Severity.ERROR, "unsatisfiable", f"no GPU is from {minimum} on and below {below}"
        if is_empty(row.value.versions):
            message = f"no version satisfies {row.value.versions!r}"
            yield row, ("versions",), Severity.ERROR, "unsatisfiable", message
    for first, second in itertools.combinations(rows, 2):
        one, other = first.value, second.value
        same = (one.package, one.feature) == (other.package, other.feature)
        if same and not is_disjoint(one.versions, other.versions):
            message = f"{one.name} speaks of some of the same releases"
            yield second, ("versions",), Severity.ERROR, "contradictory", message


def _generations(rows: Sequence[Row]) -> Found:
    """Generations follow each other, each is compiled for by some CUDA, and no GPU is of two of them."""
    ordered = sorted(rows, key=lambda row: Version(row.value.capability))
    for row in ordered:
        one = row.value
        if one.below and Version(one.below) <= Version(one.capability):
            message = f"no GPU is from {one.capability} on and below {one.below}"
            yield row, ("below",), Severity.ERROR, "unsatisfiable", message
        if one.last_cuda and Version(one.last_cuda) < Version(one.first_cuda):
            message = f"CUDA {one.first_cuda} is the first, and it comes after the last"
            yield row, ("last_cuda",), Severity.ERROR, "unsatisfiable", message
    for before, row in itertools.pairwise(ordered):
        if not before.value.below or Version(before.value.below) > Version(row.value.capability):
            message = f"{before.value.name} has some of the same GPUs"
            yield row, ("capability",), Severity.ERROR, "contradictory", message


def _wheels(rows: Sequence[Row], releases: ShippedReleases) -> Found:
    """What the list of releases says otherwise: no such release, no wheel for the processor, another CUDA."""
    for row in rows:
        wheel = row.value
        listed = releases.versions(wheel.package)
        if "+" in wheel.version or not listed or Version(wheel.version) < Version(listed[0]):
            continue  # a build that the index does not have, or a release that is not told
        release = releases.release(wheel.package, wheel.version)
        if release is None:
            message = f"there is no release {wheel.version} of {wheel.package} on the package index"
            yield row, ("version",), Severity.ERROR, "contradictory", message
        elif not _is_for(wheel.machine, release.wheels):
            message = f"{wheel.package} {wheel.version} has no wheel for {wheel.machine}"
            yield row, ("version",), Severity.ERROR, "contradictory", message
        elif wheel.package == "torch" and wheel.machine == "x86_64":
            required = [match["version"] for line in release.requires or () if (match := _RUNTIME.match(line))]
            if required and wheel.cuda not in required:
                message = f"torch {wheel.version} requires the runtime of CUDA {required[0]}"
                yield row, ("cuda",), Severity.ERROR, "contradictory", message


def _unread(rows: Sequence[Row], releases: ShippedReleases) -> Found:
    """Releases with wheels that came after the newest row: nobody has read what they were compiled for."""
    last: dict[tuple[str, str], Row] = {}
    for row in rows:
        key = (row.value.package, row.value.machine)
        if "+" not in row.value.version:
            last[key] = max(last.get(key, row), row, key=lambda item: Version(item.value.version))
    for (package, machine), row in last.items():
        for version in releases.versions(package):
            release = releases.release(package, version)
            there = release and _is_for(machine, release.wheels)
            if there and Version(version) > Version(row.value.version):
                message = f"the wheel of {package} {version} for {machine} was not read"
                yield row, ("version",), Severity.INFO, "stale", message


def _is_for(machine: str, wheels: Sequence[str]) -> bool:
    """Whether there is a wheel for a processor: bitsandbytes before 0.43 has x86-64 libraries in one for everything."""
    return any(tags.endswith(machine) or (machine == "x86_64" and tags.endswith("-any")) for tags in wheels)


def _newest(rows: Sequence[Row], newest: dict[str, str], releases: ShippedReleases) -> Found:
    """What `newest` says was looked at, and the list of releases does not have, or has more of."""
    anchor = next((row for row in rows if "newest" in row.document.tables), None)
    for package, version in newest.items() if anchor else ():
        known = releases.versions(package)
        if anchor and known and Version(known[-1]) != Version(version):
            kind, grave = ("stale", Severity.INFO)
            message = f"newest: {package} {version} was looked at, and the list of releases ends at {known[-1]}"
            yield _head(anchor), ("newest", package), grave, kind, message


def _head(row: Row) -> Row:
    """The document of a row as a whole."""
    return Row(row.value, row.document, ())
