"""Which known-good set an environment means to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packaging.version import InvalidVersion, Version

from doctor.core.distribution import Distribution
from doctor.core.matrix import ENGINES, KnownGoodSet, Matrix
from doctor.core.rule import Env, NotApplicableError


def version_of(text: str) -> Version | None:
    """The version, or None when the text is none."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def engine_of(distributions: Iterable[Distribution]) -> Distribution:
    """The installed build of vLLM.

    Does not return when there is none: sets are recognised by it.
    """
    installed = {item.name: item for item in distributions if not item.shadowed}
    for name in ENGINES:
        if name in installed:
            return installed[name]
    raise NotApplicableError("no vLLM is installed, and a known-good set is recognised by it")


def set_of(matrix: Matrix, engine: Distribution) -> KnownGoodSet | None:
    """The set of exactly this build and version of vLLM."""
    version = version_of(engine.version)
    for row in matrix.sets:
        if row.engine == engine.name and version is not None and Version(row.pins[row.engine]) == version:
            return row
    return None


def need_set(env: Env, distributions: Iterable[Distribution]) -> KnownGoodSet:
    """The set that the environment means to be.

    Does not return when there is none: PIN001 is undetermined then, and says so for all.
    """
    engine = engine_of(distributions)
    row = set_of(env.matrix, engine)
    if row is None:
        raise NotApplicableError(f"the matrix has no known-good set for {engine.name} {engine.version}")
    env.cite(f"set {row.name}")
    return row


def nearest_set(matrix: Matrix, distributions: Sequence[Distribution]) -> KnownGoodSet | None:
    """The set whose build and version of vLLM, then torch, then other pins agree best with what is installed."""
    versions = {item.name: version_of(item.version) for item in distributions if not item.shadowed}

    def agreement(row: KnownGoodSet) -> tuple[bool, tuple[int, int], bool, int]:
        equal = {name for name, pin in row.pins.items() if versions.get(name) == Version(pin)}
        engine = _closeness(row.pins.get(row.engine, ""), versions.get(row.engine))
        return row.engine in versions, engine, "torch" in equal, len(equal)

    return max(matrix.sets, key=agreement, default=None)


def _closeness(pin: str, version: Version | None) -> tuple[int, int]:
    """How many parts of two versions agree from the left, and how far the first others are apart, negated."""
    if version is None or version_of(pin) is None:
        return 0, 0
    pairs = list(zip(Version(pin).release, version.release, strict=False))
    apart = [abs(one - other) for one, other in pairs]
    agree = next((place for place, difference in enumerate(apart) if difference), len(apart))
    return agree, -sum(apart[agree : agree + 1])
