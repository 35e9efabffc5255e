"""What the RECORDs of the installed distributions claim, by folder, so that each is listed once."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from doctor.core.distribution import DamagedFile, Distribution
from doctor.core.interpreter import Interpreter
from doctor.probes.packages.folders import printable
from doctor.probes.packages.installed import record_of
from doctor.probes.packages.records import LARGEST, Line, parse_record
from doctor.probes.regular_file import read_regular


class Claim(NamedTuple):
    """One line of one RECORD: the distribution's name and the file's hash and size."""

    owner: str
    digest: str
    size: int | None


@dataclass(slots=True)
class Claims:
    """All claims. `folders` maps a folder's path to its files' names to the first claim on each.

    `repeated` does the same for the files that are claimed more than once, to all claims on each.
    `sites` are the folders that the distributions lie in; `unrecorded` says for which of them
    there is no usable RECORD, as the damage that it is.
    """

    folders: dict[str, dict[str, Claim]] = field(default_factory=dict)
    repeated: dict[str, dict[str, list[Claim]]] = field(default_factory=dict)
    sites: set[str] = field(default_factory=set)
    unrecorded: list[DamagedFile] = field(default_factory=list)

    def on(self, folder: str, name: str) -> list[Claim]:
        """All claims on a file, none where nobody claims it."""
        first = self.folders.get(folder, {}).get(name)
        return self.repeated.get(folder, {}).get(name, [first] if first else [])


# Written after the RECORD, or by another tool than the one that wrote it.
_REWRITTEN = frozenset(
    {
        "RECORD",
        "RECORD.jws",
        "RECORD.p7s",
        "INSTALLER",
        "REQUESTED",
        "direct_url.json",
        "uv_cache.json",
        "uv_build.json",
    }
)
# Installers of systems keep their lists of files elsewhere.
_WITHOUT_RECORD = frozenset({"system", "conda"})


def collect_claims(interpreter: Interpreter, distributions: Iterable[Distribution]) -> Claims:
    """Read the RECORD of every distribution that is imported.

    Those of conda are left out: it replaces prefixes in files after RECORD was written
    (https://docs.conda.io/projects/conda-build/en/stable/resources/make-relocatable.html).
    """
    claims = Claims()
    for item in distributions:
        if item.shadowed or item.origin in _WITHOUT_RECORD or not item.path.endswith(".dist-info"):
            continue
        path = record_of(item)
        if path is None:
            claims.unrecorded.append(_unrecorded(item, "there is no RECORD"))
            continue
        try:
            record = parse_record(read_regular(path, LARGEST))
        except OSError as error:
            claims.unrecorded.append(_unrecorded(item, str(error.strerror)))
            continue
        if record.bad_lines or not record.lines:
            lines = ", ".join(str(number) for number in record.bad_lines[:5])
            claims.unrecorded.append(
                _unrecorded(item, f"lines that make no sense: {lines}" if lines else "it is empty")
            )
        strange = _add(claims, interpreter, item, record.lines)
        if strange:
            claims.unrecorded.append(
                _unrecorded(item, f"it names files outside of the environment: {printable(strange)}")
            )
    return claims


def _unrecorded(item: Distribution, why: str) -> DamagedFile:
    return DamagedFile(distribution=item.name, path=f"{item.path}/RECORD", damage="record", found=why)


def _add(claims: Claims, interpreter: Interpreter, item: Distribution, lines: Iterable[Line]) -> str:
    """Add the claims of one RECORD; return a path that leads out of the environment, or ""."""
    site = str(Path(item.path).parent)
    dist_info = Path(item.path).name
    claims.sites.add(site)
    strange = ""
    places: dict[str, tuple[str, dict[str, Claim]]] = {}
    for path, digest, size in lines:
        parent, _, name = path.rpartition("/")
        if parent not in places:
            folder = _place(interpreter, site, parent, path)
            if folder is None:
                strange = strange or path
            places[parent] = (folder, claims.folders.setdefault(folder, {})) if folder else ("", {})
        folder, files = places[parent]
        if not folder or name.endswith(".pyc") or (parent == dist_info and name in _REWRITTEN):
            continue
        claim = Claim(item.name, digest, size)
        first = files.setdefault(name, claim)
        if first is not claim:
            claims.repeated.setdefault(folder, {}).setdefault(name, [first]).append(claim)
    return strange


def _place(interpreter: Interpreter, site: str, parent: str, path: str) -> str | None:
    """The folder that a relative `parent` means; "" for one that is not looked at, None outside.

    `pip install --target` writes paths of scripts and data that are not where they end up
    (https://github.com/pypa/pip/issues/7658), so they count only in the
    folders of the interpreter itself and of the user site.
    """
    if path.startswith("/"):
        return None
    if parent.endswith("__pycache__"):
        return ""
    if ".." not in parent.split("/"):
        return f"{site}/{parent}" if parent else site
    if site not in (*interpreter.site_packages, interpreter.user_site):
        return ""
    folder = os.path.normpath(f"{site}/{parent}")
    root = interpreter.prefix if site in interpreter.site_packages else str(Path(site).parents[2])
    return folder if f"{folder}/".startswith(f"{root}/") else None
