"""What the installed distributions require of each other, evaluated for the target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from doctor.core.fact import Known, Source, SourceKind, Unknown
from doctor.core.frozen import light_dataclass
from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import Distribution
from doctor.core.packages.markers import applies
from doctor.core.report import Severity
from doctor.core.rule import Env, unstated
from doctor.rules.pkg.stack import STACK


@light_dataclass(frozen=True)
class Demand:
    """One requirement that counts: `by` requires the distribution `name`."""

    by: Distribution
    name: str
    specifier: SpecifierSet
    extras: frozenset[str]

    def __str__(self) -> str:
        return f"{self.by.name} {self.by.version} needs {self.name}{self.specifier}"


@light_dataclass(frozen=True)
class Requirements:
    """All demands, the versions that are installed, and the lines that could not be read.

    `job` holds the names of the distributions of the stack and of all that they require.
    """

    demands: tuple[Demand, ...]
    versions: dict[str, str]
    unread: tuple[str, ...]
    job: frozenset[str]


def requirements_of(env: Env, interpreter: Interpreter, distributions: Iterable[Distribution]) -> Requirements:
    """Evaluate the requirements of the distributions that are imported; gaps are noted."""
    imported = tuple(item for item in distributions if not item.shadowed)
    for item in imported:
        if isinstance(item.requires, Unknown):
            env.note(f"requirements of {item.name}", item.requires)
    found = _evaluate(tuple(sorted(interpreter.markers.items())), imported)
    for line in found.unread:
        env.gap(line)
    return found


# Several rules ask the same of one snapshot.
@lru_cache(maxsize=2)
def _evaluate(markers: tuple[tuple[str, str], ...], distributions: tuple[Distribution, ...]) -> Requirements:
    # Many distributions state the same lines, and in them the same conditions.
    environment = dict(markers)

    @cache
    def holds(marker: Marker | None, extras: frozenset[str]) -> bool | None:
        return applies(marker, environment, ("", *extras))

    parse = cache(Requirement)
    installed = {item.name: item for item in distributions}
    wanted: dict[str, frozenset[str]] = {name: frozenset() for name in installed}
    demands: dict[str, tuple[Demand, ...]] = {}
    unread: dict[str, None] = {}
    todo = list(installed)
    # An extra that one distribution asks of another brings requirements, which may ask for extras.
    while todo:
        name = todo.pop()
        demands[name] = tuple(_active(installed[name], parse, holds, wanted[name], installed, unread))
        for demand in demands[name]:
            if demand.name in installed and not demand.extras <= wanted[demand.name]:
                wanted[demand.name] |= demand.extras
                todo.append(demand.name)
    return Requirements(
        demands=tuple(demand for name in installed for demand in demands[name]),
        versions={item.name: item.version for item in distributions},
        unread=tuple(unread),
        job=_reachable(demands),
    )


def _active(
    item: Distribution,
    parse: Callable[[str], Requirement],
    holds: Callable[[Marker | None, frozenset[str]], bool | None],
    extras: frozenset[str],
    installed: dict[str, Distribution],
    unread: dict[str, None],
) -> Iterator[Demand]:
    for line in item.requires.value if isinstance(item.requires, Known) else ():
        # Most lines belong to extras that nobody asked for: not worth parsing.
        condition = line.partition(";")[2]
        if not extras and "extra" in condition and " or " not in condition:
            continue
        try:
            requirement = parse(line)
            counts = holds(requirement.marker, extras)
            if counts is None and _may_be_unmet(requirement, installed):
                unread[unstated(f"whether {requirement.marker}, on which a requirement of {item.name} depends")] = None
            if not counts:
                continue
        except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName, InvalidVersion) as error:
            unread[f"{item.name} {item.version} states a requirement that cannot be read: {line} ({error})"] = None
            continue
        yield Demand(
            by=item,
            name=str(canonicalize_name(requirement.name)),
            specifier=requirement.specifier,
            extras=frozenset(str(canonicalize_name(extra)) for extra in requirement.extras),
        )


def _may_be_unmet(requirement: Requirement, installed: dict[str, Distribution]) -> bool:
    """Whether an installed distribution does not satisfy a requirement, or cannot be compared with it, if it counts."""
    found = installed.get(str(canonicalize_name(requirement.name)))
    try:
        return found is not None and not contains(requirement.specifier, found.version)
    except InvalidVersion:
        return True


def _reachable(demands: dict[str, tuple[Demand, ...]]) -> frozenset[str]:
    todo = [name for name in STACK if name in demands]
    found = set(todo)
    while todo:
        for demand in demands.get(todo.pop(), ()):
            if demand.name not in found:
                found.add(demand.name)
                todo.append(demand.name)
    return frozenset(found)


def source_of(item: Distribution) -> Source:
    """Where the requirements of a distribution are stated."""
    fact = item.requires
    if isinstance(fact, Known) and fact.source.kind is SourceKind.MATRIX and item.place is None:
        return fact.source
    return item.seen_in


def weigh_outside(demands: Iterable[Demand]) -> Severity:
    """How grave it is that demands from outside of the job are not met.

    A Linux distribution looks after its own Python packages, and their metadata asks for more
    than it installs (Debian's PyGObject for pycairo, which is a package of its own there).
    """
    system = all(demand.by.origin == "system" for demand in demands)
    return Severity.INFO if system else Severity.WARNING


def contains(specifier: SpecifierSet, version: str) -> bool:
    """Whether an installed version satisfies a specifier, as pip judges it.

    Prereleases count, and ``2.4.0+cu121`` satisfies ``==2.4.0``.

    Raises:
        InvalidVersion: the installed version is not one (PEP 440).
    """
    return specifier.contains(Version(version), prereleases=True)


def combine(demands: Iterable[Demand]) -> SpecifierSet:
    """The specifier that asks for what all demands ask for, without what others imply."""
    return simplify(combine_all(demand.specifier for demand in demands))


def combine_all(specifiers: Iterable[SpecifierSet]) -> SpecifierSet:
    """The specifier that asks for what all of the given ones ask for."""
    singles = {str(single) for specifier in specifiers for single in specifier}
    return SpecifierSet(",".join(sorted(singles)))


def simplify(specifier: SpecifierSet) -> SpecifierSet:
    """Leave out what the rest of a specifier implies: of bounds all but the strictest.

    A specifier that no version satisfies is returned as it is, so that it shows why.
    """
    if not satisfiable(specifier):
        return specifier
    exact = [item for item in specifier if item.operator == "==" and not item.version.endswith(".*")]
    for item in sorted(exact, key=lambda item: len(item.version), reverse=True):
        if specifier.contains(Version(item.version), prereleases=True):
            return SpecifierSet(str(item))
    plain = SpecifierSet(",".join(text for item in specifier for text in _bounds(item)))
    floors = [item for item in plain if item.operator in (">=", ">")]
    ceilings = [item for item in plain if item.operator in ("<=", "<")]
    # Of `>2` and `>=2` the first is the stricter one, and of `<3` and `<=3` as well.
    highest = max(floors, key=lambda item: (Version(item.version), item.operator == ">"), default=None)
    lowest = min(ceilings, key=lambda item: (Version(item.version), item.operator == "<="), default=None)
    kept = [str(item) for item in (highest, lowest) if item is not None]
    ends = SpecifierSet(",".join(kept))
    rest = [item for item in plain if item not in floors and item not in ceilings and not _is_outside(item, ends)]
    return SpecifierSet(",".join((*kept, *map(str, rest))))


def _bounds(item: Specifier) -> tuple[str, ...]:
    """Write ``~=4.12`` as ``>=4.12`` and ``<5``, which compare with other bounds."""
    if item.operator != "~=" or Version(item.version).epoch:
        return (str(item),)
    release = Version(item.version).release[:-1]
    above = ".".join(str(part) for part in (*release[:-1], release[-1] + 1))
    return f">={item.version}", f"<{above}"


def _is_outside(item: Specifier, ends: SpecifierSet) -> bool:
    """Whether a specifier only excludes a version that the bounds exclude anyway."""
    if item.operator != "!=" or item.version.endswith(".*"):
        return False
    return not ends.contains(Version(item.version), prereleases=True)


def satisfiable(specifier: SpecifierSet) -> bool:
    """Whether some version satisfies a specifier.

    Tried are the versions that it names and the ones just above each: a set of versions that
    is not empty begins at a lower bound, just above one, or at zero.
    """
    candidates = {Version("0")}
    for single in specifier:
        try:
            version = Version(single.version.removesuffix(".*"))
        except InvalidVersion:
            # Only `===` takes such a version, and it is satisfied by that text alone.
            return len(specifier) == 1
        release = ".".join(str(part) for part in version.release)
        # Below every bound that is above it: none is written with as many parts.
        above = f"{release}{'.0' * _parts(specifier)}.1"
        candidates |= {version, Version(f"{release}.1"), Version(f"{release}.post1"), Version(above)}
        bumped = (*version.release[:-1], version.release[-1] + 1)
        candidates.add(Version(".".join(str(part) for part in bumped)))
    return any(specifier.contains(candidate, prereleases=True) for candidate in candidates)


def _parts(specifier: SpecifierSet) -> int:
    """At least as many parts as any version of a specifier is written with."""
    return max((single.version.count(".") + 1 for single in specifier), default=0)


def too_old(specifier: SpecifierSet, version: str) -> bool:
    """Whether a version lies below what a specifier that it does not satisfy asks for."""
    floors = (item for item in specifier if item.operator in (">=", ">", "==", "~="))
    return any(Version(item.version.removesuffix(".*")) > Version(version) for item in floors)
