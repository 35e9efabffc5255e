"""Files that more than one installed distribution claims."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from doctor.core.packages.distribution import SharedFile
from doctor.probes.packages.claims import Claim, Claims
from doctor.probes.packages.folders import printable

Shared = list[tuple[str, list[Claim]]]


def find_shared(claims: Claims, scripts: str) -> list[SharedFile]:
    """Return what several distributions claim, one entry for each group of owners and top name.

    `scripts` is the folder of the environment's commands.
    """
    groups: dict[tuple[str, str, tuple[str, ...]], Shared] = {}
    for folder, name, owners in _repeated(claims):
        names = tuple(sorted({claim.owner for claim in owners}))
        if len(names) < 2:
            continue
        path = f"{folder}/{name}"
        site, top = _top(path, claims.sites)
        kind = "script" if folder == scripts else "package" if site else "data"
        groups.setdefault((kind, name if kind == "script" else top, names), []).append((path, owners))
    found = [_entry(kind, top, names, shared, claims.sites) for (kind, top, names), shared in groups.items()]
    found += _same_name(claims)
    return sorted(found, key=lambda item: (item.what, item.owners))


def _repeated(claims: Claims) -> Iterator[tuple[str, str, list[Claim]]]:
    """The files that are claimed more than once by several, in the order in which they were claimed first."""
    for folder, shares in claims.folders.items():
        if len(shares) > 1:
            yield from ((folder, name, owners) for name, owners in claims.repeated(folder).items())


def _top(path: str, sites: Iterable[str]) -> tuple[str, str]:
    for site in sites:
        if path.startswith(f"{site}/"):
            return site, path[len(site) + 1 :].partition("/")[0]
    return "", str(Path(path).parent)


def _entry(kind: str, top: str, owners: tuple[str, ...], shared: Shared, sites: set[str]) -> SharedFile:
    differing = [item for item in shared if len({(claim.digest, claim.size) for claim in item[1]}) > 1]
    telling = differing or shared
    what = top
    if kind == "package":
        common = os.path.commonpath([path for path, _ in telling])
        what = next((common[len(site) + 1 :] for site in sites if common.startswith(f"{site}/")), top)
    return SharedFile(
        what=printable(what),
        owners=owners,
        example=printable(telling[0][0]),
        count=len(shared),
        differing=bool(differing),
        kind=kind,
        winner=_winner(differing),
    )


def _winner(differing: Shared) -> str:
    """The one owner whose sizes all differing files have, or ""."""
    fitting: set[str] | None = None
    for path, owners in differing:
        try:
            size = Path(path).stat().st_size
        except OSError:
            return ""
        if len({claim.size for claim in owners}) == 1:
            continue
        here = {claim.owner for claim in owners if claim.size == size}
        fitting = here if fitting is None else fitting & here
    return next(iter(fitting)) if fitting is not None and len(fitting) == 1 else ""


def _same_name(claims: Claims) -> list[SharedFile]:
    """Distributions of which one brings `name.py` and another the folder `name`: the folder wins."""
    found = []
    for site in claims.sites:
        files = {name: None for share in claims.folders.get(site, ()) for name in share.files().names}
        for name in files:
            module, _, suffix = name.partition(".")
            package = claims.on(f"{site}/{module}", "__init__.py") if suffix == "py" else []
            if not package:
                continue
            names = {claim.owner for claim in (*claims.on(site, name), *package)}
            if len(names) > 1:
                found.append(
                    SharedFile(
                        what=printable(module),
                        owners=tuple(sorted(names)),
                        example=printable(f"{site}/{name}"),
                        count=1,
                        differing=True,
                        kind="package",
                        winner=package[0].owner,
                    )
                )
    return found
