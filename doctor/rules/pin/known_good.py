"""Which known-good set an environment means to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packaging.version import InvalidVersion, Version

from doctor.core.matrix import ENGINES, TRAINERS, KnownGoodSet, Matrix
from doctor.core.packages.distribution import Distribution
from doctor.core.rule import Env, NotApplicableError


def version_of(text: str) -> Version | None:
    """The version, or None when the text is none."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def anchor_of(matrix: Matrix, distributions: Iterable[Distribution]) -> Distribution:
    """The installed distribution that a set is recognised by: a build of vLLM, or else a proven release of Unsloth.

    Does not return when there is none. Unsloth comes out every few days and pins what it can do
    with by itself: a release of it without a set is no gap, one of vLLM is.
    """
    installed = {item.name: item for item in distributions if not item.shadowed}
    for name in ENGINES:
        if name in installed:
            return installed[name]
    for name in TRAINERS:
        if name in installed and set_of(matrix, installed[name]) is not None:
            return installed[name]
    raise NotApplicableError("no vLLM is installed, and a known-good set is recognised by it")


def set_of(matrix: Matrix, engine: Distribution) -> KnownGoodSet | None:
    """The set of exactly this build and version of vLLM, or release of Unsloth."""
    version = version_of(engine.version)
    for row in matrix.sets:
        if row.anchor == engine.name and Version(row.pins[row.anchor]) == version:
            return row
    return None


def suits(row: KnownGoodSet, machine: str) -> bool:
    """Whether a set was proven on a processor; "" stands for one that nobody states."""
    return not machine or not row.machines or machine in row.machines


def need_set(env: Env, distributions: Iterable[Distribution]) -> KnownGoodSet:
    """The set that the environment means to be.

    Does not return when there is none: PIN001 is undetermined then, and says so for all.
    """
    engine = anchor_of(env.matrix, distributions)
    row = set_of(env.matrix, engine)
    if row is None:
        raise NotApplicableError(f"the matrix has no known-good set for {engine.name} {engine.version}")
    env.cite(f"set {row.name}")
    return row


def nearest_set(matrix: Matrix, distributions: Sequence[Distribution], machine: str = "") -> KnownGoodSet | None:
    """The set whose build and version of vLLM, then torch, then other pins agree best with what is installed.

    Sets whose wheels are for other processors than `machine` are left out ("" where nobody states it).
    """
    versions = {item.name: version_of(item.version) for item in distributions if not item.shadowed}

    def agreement(row: KnownGoodSet) -> tuple[bool, tuple[int, int], bool, int]:
        equal = {name for name, pin in row.pins.items() if versions.get(name) == Version(pin)}
        engine = _closeness(row.pins.get(row.engine, ""), versions.get(row.engine))
        return row.engine in versions, engine, "torch" in equal, len(equal)

    return max((row for row in matrix.sets if suits(row, machine)), key=agreement, default=None)


def _closeness(pin: str, version: Version | None) -> tuple[int, int]:
    """How many parts of two versions agree from the left, and how far the first others are apart, negated."""
    ours, theirs = (known.release if known else () for known in (version_of(pin), version))
    apart = [abs(one - other) for one, other in zip(ours, theirs, strict=False)]
    agree = next((place for place, difference in enumerate(apart) if difference), len(apart))
    return agree, -sum(apart[agree : agree + 1])
