"""Pairs of releases that metadata lets stand side by side, and of which one imports what the other does not have."""

from __future__ import annotations

import email.parser
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from doctor.core.matrix import Pair
from scripts.derivation.imported import Importer, Reader, Wanted, ends_of_minors, minor_of, newest_of_minors
from scripts.derivation.importers import ASKED, IMPORTERS, PARTNERS
from scripts.derivation.index import Index, IndexFile

Admits = Callable[[Version, Version], bool]
"""Whether nothing known says that a release of the package does not take a release of the partner."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What releases of a package import from a partner, and the releases of the partner that have all of it."""

    names: tuple[Wanted, ...]
    good: str

    @property
    def breaks(self) -> bool:
        """Whether the package itself cannot be imported."""
        return any(item.always for item in self.names)


@dataclass(frozen=True, slots=True)
class Finding:
    """One lack, and the releases of the package that it holds for."""

    package: str
    partner: str
    versions: str
    lack: Lack


class Partner:
    """The releases of one package that others import from, and which of them has a name."""

    def __init__(self, reader: Reader, module: str, files: Sequence[IndexFile], keys: Iterable[str]) -> None:
        self._reader, self._module, self._keys = reader, module, frozenset(keys)
        self._all = list(files)
        self.files = newest_of_minors(files)
        self._minors: dict[Version, list[IndexFile]] = {}
        for file in files:
            self._minors.setdefault(minor_of(file.version), []).append(file)

    def has(self, file: IndexFile, key: str) -> bool:
        """Whether a release has what is asked for."""
        return self._reader.has(self._module, file, self._keys)[key]

    def changes(self, key: str) -> list[tuple[Version, bool]]:
        """The releases at which a name comes or goes, with whether it is there from then on, oldest first."""
        found: list[tuple[Version, bool]] = []
        for file in self.files:
            there = self.has(file, key)
            if found and found[-1][1] == there:
                continue
            found.append((self._first(file, key, there) if found else minor_of(file.version), there))
        return found

    def _first(self, file: IndexFile, key: str, there: bool) -> Version:
        minor = minor_of(file.version)
        of_minor = self._minors[minor]
        if len(of_minor) == 1 or self.has(of_minor[0], key) == there:
            return minor
        return next(other.version for other in of_minor if self.has(other, key) == there)


def good_versions(changes: Sequence[Sequence[tuple[Version, bool]]], versions: Sequence[Version]) -> list[bool]:
    """For each version whether all names are there."""
    return [all(_there(history, version) for history in changes) for version in versions]


def _there(history: Sequence[tuple[Version, bool]], version: Version) -> bool:
    state = history[0][1]
    for moment, there in history[1:]:
        if version < moment:
            break
        state = there
    return state


def specifier_of(changes: Sequence[Sequence[tuple[Version, bool]]]) -> str:
    """The releases that have all names, as a specifier; "" where that is no single range."""
    moments = sorted({moment for history in changes for moment, _ in history[1:]})
    states = [all(history[0][1] for history in changes)]
    states += [all(_there(history, moment) for history in changes) for moment in moments]
    spans, lower = [], ""
    for index, state in enumerate(states):
        before = index > 0 and states[index - 1]
        if state and not before:
            lower = f">={moments[index - 1]}" if index else ""
        elif before and not state:
            spans.append(",".join(part for part in (lower, f"<{moments[index - 1]}") if part))
    if states[-1]:
        spans.append(lower)
    return spans[0] if len(spans) == 1 else ""


def declared(requires: Sequence[str], partner: str) -> SpecifierSet | None:
    """What metadata asks of a partner whatever the machine; None where it does not name it."""
    found = None
    for line in requires:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        if canonicalize_name(requirement.name) == partner and "extra" not in str(requirement.marker or ""):
            found = requirement.specifier if found is None else found & requirement.specifier
    return found


def findings(
    package: str,
    partner: Partner,
    partner_name: str,
    wanted: Mapping[Version, Sequence[Wanted]],
    admits: Admits,
) -> Iterator[Finding]:
    """What releases of a package lack in releases of a partner that nothing refuses, equal neighbours as one."""
    rows: list[tuple[Version, Lack | None]] = []
    known = [file.version for file in partner.files]
    for version, items in wanted.items():
        lacking = [item for item in items if _lacks(partner.changes(item.key), version, known, admits)]
        for always in (True, False):
            if names := tuple(item for item in lacking if item.always is always):
                good = specifier_of([partner.changes(item.key) for item in names])
                # A release that no partner suits was read wrongly, or nobody could ever use it.
                if any(SpecifierSet(good).contains(other) and admits(version, other) for other in known):
                    rows.append((version, Lack(names, good)))
        if not lacking:
            rows.append((version, None))
    yield from _joined(package, partner_name, list(wanted), rows)


def _lacks(history: Sequence[tuple[Version, bool]], version: Version, known: Sequence[Version], admits: Admits) -> bool:
    states = {there for _, there in history}
    if True not in states:
        return False  # a name that no release has is made while the partner runs
    return any(not _there(history, other) and admits(version, other) for other in known)


def _joined(
    package: str, partner: str, versions: Sequence[Version], rows: Sequence[tuple[Version, Lack | None]]
) -> Iterator[Finding]:
    for always in (True, False):
        runs: list[tuple[Version, Version, Lack]] = []
        table = {version: lack for version, lack in rows if lack is not None and lack.breaks is always and lack.good}
        last: tuple[object, ...] | None = None
        for version in versions:
            lack = table.get(version)
            key = (lack.good, tuple(item.key for item in lack.names)) if lack else None
            if key is not None and key == last:
                runs[-1] = (runs[-1][0], version, runs[-1][2])
            elif lack:
                runs.append((version, version, lack))
            last = key
        for first, newest, found in runs:
            yield Finding(package, partner, _range(first, newest, versions), found)


def _range(first: Version, last: Version, versions: Sequence[Version]) -> str:
    """The releases from one to another: up to the next minor version, where no other release is between."""
    position = versions.index(last)
    if position + 1 < len(versions):
        following = versions[position + 1]
        minor = minor_of(following)
        return f">={_start(first, versions)},<{minor if minor > last else following}"
    bound = minor_of(last)
    upper = f"{bound.major}.{bound.minor + 1}"
    return (
        f">={_start(first, versions)},<{upper}" if minor_of(last) != last else f">={_start(first, versions)},<={last}"
    )


def _start(first: Version, versions: Sequence[Version]) -> Version:
    position = versions.index(first)
    minor = minor_of(first)
    return minor if position == 0 or versions[position - 1] < minor else first


def read_wanted(reader: Reader, package: str, importer: Importer) -> dict[Version, list[Wanted]]:
    """What each release of a package imports; of a minor version whose ends agree only these are read."""
    files = reader.releases(package, importer.since)
    found = {file.version: reader.imports(importer, file) for file in ends_of_minors(files)}
    minors: dict[Version, list[IndexFile]] = {}
    for file in files:
        minors.setdefault(minor_of(file.version), []).append(file)
    for of_minor in minors.values():
        oldest, newest = (found[file.version] for file in (of_minor[0], of_minor[-1]))
        agree = [item.key for item in oldest] == [item.key for item in newest]
        # Each release counts: its metadata may differ also where its imports do not.
        found |= {file.version: oldest if agree else reader.imports(importer, file) for file in of_minor}
    return dict(sorted(found.items()))


def find_all(index: Index, reader: Reader, packages: Sequence[str], told: Sequence[Pair]) -> list[Finding]:
    """What releases of `packages` lack, each partner read once; what `told` says already is left out."""
    wanted = {package: read_wanted(reader, package, IMPORTERS[package]) for package in packages}
    found: list[Finding] = []
    for module, since in ASKED.items():
        name = PARTNERS[module]
        by_package = {package: _of(module, imports) for package, imports in wanted.items() if package != name}
        keys = {item.key for imports in by_package.values() for items in imports.values() for item in items}
        partner = Partner(reader, module, reader.releases(name, since), keys)
        for package, imports in by_package.items():
            admits = _admits(index, reader.releases(package, IMPORTERS[package].since), name, told)
            found += findings(package, partner, name, imports, admits)
    return found


def _of(module: str, imports: Mapping[Version, Sequence[Wanted]]) -> dict[Version, list[Wanted]]:
    return {
        version: [item for item in items if item.module.split(".")[0] == module] for version, items in imports.items()
    }


def _admits(index: Index, files: Sequence[IndexFile], partner: str, told: Sequence[Pair]) -> Admits:
    by_version = {file.version: file for file in files}
    package = files[0].package
    rows = [pair for pair in told if (pair.package, pair.partner) == (package, partner)]
    asked: dict[Version, SpecifierSet | None] = {}

    def admits(version: Version, other: Version) -> bool:
        if version not in asked:
            asked[version] = declared(_requires(index, by_version[version]), partner)
        specifier = asked[version]
        if specifier is not None and not specifier.contains(other, prereleases=True):
            return False
        return not any(_tells(row, version, other) for row in rows)

    return admits


def _requires(index: Index, file: IndexFile) -> list[str]:
    message = email.parser.BytesParser().parsebytes(index.metadata(file), headersonly=True)
    return [" ".join(str(line).split()) for line in message.get_all("Requires-Dist", [])]


def _tells(row: Pair, version: Version, other: Version) -> bool:
    needed = next((need for versions, need in row.needs.items() if SpecifierSet(versions).contains(version)), None)
    return needed is not None and not SpecifierSet(needed).contains(other, prereleases=True)
