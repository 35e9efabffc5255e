"""Which pairs of the matrix the installed versions do not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from doctor.core.matrix import Pair
from doctor.core.packages.declared import states_versions_only
from doctor.core.packages.distribution import Distribution
from doctor.core.packages.stack import is_own_build, refuses
from doctor.core.rule import unstated
from doctor.rules.pin.known_good import version_of

Installed = Mapping[str, Distribution]
Gap = Callable[[str], None]


def misfits(
    pairs: Iterable[Pair], installed: Installed, markers: Mapping[str, str], gap: Gap
) -> Iterator[tuple[Pair, str]]:
    """Yield each pair that does not fit, and the specifier that its partner had to meet.

    What metadata itself refuses is left out, and what cannot be compared is given to `gap`.
    """
    for pair in pairs:
        if pair.package not in installed or not _of_this_build(pair, installed):
            continue
        needed = _needed(pair, installed[pair.package], gap)
        if needed is not None and _is_misfit(pair, needed, installed, markers, gap):
            yield pair, needed


def speaks_of(pair: Pair, package: Distribution) -> bool:
    """Whether the pair says anything of this version of its package."""
    return _needed(pair, package, lambda _: None) is not None


def _of_this_build(pair: Pair, installed: Installed) -> bool:
    torch = version_of(installed["torch"].version) if "torch" in installed else None
    return pair.builds != "cuda" or (torch is not None and (torch.local is None or torch.local.startswith("cu")))


def _needed(pair: Pair, package: Distribution, gap: Gap) -> str | None:
    """What this version of the package needs, or None when no row of the pair speaks of it."""
    version = version_of(package.version)
    if version is None:
        gap(f"{package.name} has the version {package.version!r}, which cannot be compared")
        return None
    if version.is_devrelease:
        return None  # built from source against whatever was there
    for versions, needed in pair.needs.items():
        if SpecifierSet(versions).contains(version, prereleases=True):
            return needed
    return None


def _is_settled(needed: str, version: Version) -> bool:
    """Whether a prerelease lies between two releases that both do not fit: 4.50.0.dev0, where less than 4.47 is needed.

    One with a label (2.4.0a0+nv24.05) is a build of its own, which says nothing of its neighbours.
    """
    if version.local is not None:
        return False
    own, specifier = Version(version.base_version), SpecifierSet(needed)
    *upper, last = own.release
    while last == 0 and upper:
        *upper, last = upper
    before = (Version(".".join(str(part) for part in (*upper, last - 1, 9999))),) if last else ()
    return not any(specifier.contains(item) for item in (own, *before))


def _is_misfit(pair: Pair, needed: str, installed: Installed, markers: Mapping[str, str], gap: Gap) -> bool:
    package, partner = installed[pair.package], installed.get(pair.partner)
    if partner is None and states_versions_only(package):
        # A list of versions that somebody stated may leave out what is installed.
        if pair.required:
            gap(unstated(f"whether {pair.partner} is installed"))
        return False
    if partner is None:
        return pair.required and not refuses(package, pair.partner, None, markers)
    version = version_of(partner.version)
    if version is None:
        gap(f"{partner.name} has the version {partner.version!r}, which cannot be compared")
        return False
    if SpecifierSet(needed).contains(version, prereleases=True) or refuses(package, pair.partner, version, markers):
        return False
    if is_own_build(package):
        # torchvision 0.16.1+fdea156: compiled from source, against the torch that was there.
        gap(f"{package.name} {package.version} is a build of its own, which fits the {partner.name} it was built with")
        return False
    if version.is_prerelease and not _is_settled(needed, version):
        # A torch of NVIDIA's images is 2.4.0a0+...: what was built with it fits it.
        gap(f"{partner.name} {partner.version} is a build of its own; {package.name} was released for {needed}")
        return False
    return True
