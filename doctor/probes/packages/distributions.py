"""Installed distributions, what is left of removed ones, modules that hide them, and commands.

Everything is read from files: the target may be of another Python than the one that runs here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from pathlib import Path

from doctor.core.fact import Fact, Known, Source, SourceKind
from doctor.core.packages.distribution import COMMANDS, DISTRIBUTIONS, LEFTOVERS, SHADOWS, Distribution, Leftover
from doctor.core.target import Facts, Probe, Target
from doctor.probes.packages.commands import find_commands
from doctor.probes.packages.folders import Folder, search_folders, unreadable
from doctor.probes.packages.installed import is_metadata, read_distribution, record_of
from doctor.probes.packages.leftovers import abandoned_packages, missing_sources, other_pythons, remains
from doctor.probes.packages.records import parse_record
from doctor.probes.packages.shadows import current_folder, find_shadows


def find(target: Target) -> Facts:
    """Find the facts of this probe."""
    folders = search_folders(target)
    source = Source(kind=SourceKind.DIST_INFO, where=target.interpreter.prefix)
    unknown = unreadable(folders, source)
    if unknown is not None:
        return [(key, unknown) for key in (DISTRIBUTIONS, LEFTOVERS, SHADOWS, COMMANDS)]
    distributions, duplicates = read_all(folders, frozenset(target.interpreter.tags))
    leftovers = [*remains(folders), *duplicates, *abandoned_packages(folders, distributions)]
    leftovers += (*missing_sources(distributions), *other_pythons(target.interpreter))
    shadows = find_shadows(folders, distributions, current_folder(target, folders))
    return [
        (DISTRIBUTIONS, _known(distributions, source)),
        (LEFTOVERS, _known(leftovers, source)),
        (SHADOWS, _known(shadows, source)),
        (COMMANDS, _known(find_commands(target.interpreter), source)),
    ]


def _known(values: Iterable[object], source: Source) -> Fact[object]:
    return Known(value=tuple(values), source=source)


def read_all(folders: list[Folder], tags: frozenset[str]) -> tuple[list[Distribution], list[Leftover]]:
    """Read every distribution, in the order of the search path.

    Returns them with those that are shadowed marked, and a leftover for each dist-info that
    lost against another one of the same distribution in the same folder.
    """
    linked = {
        name.removesuffix(".egg-link").lower()
        for folder in folders
        for name in folder.entries
        if name.endswith(".egg-link")
    }
    seen: set[str] = set()
    distributions: list[Distribution] = []
    leftovers: list[Leftover] = []
    for folder in folders:
        here: dict[str, list[Distribution]] = {}
        for found in _read_folder(folder, tags, linked):
            here.setdefault(found.name, []).append(found)
        for name, same in here.items():
            if len(same) > 1:
                same.sort(key=_fit, reverse=True)
            for position, found in enumerate(same):
                shadowed = name in seen or position > 0
                distributions.append(dataclasses.replace(found, shadowed=True) if shadowed else found)
                # Debian keeps an egg-info of the same version beside the dist-info: it says the same.
                same_said = found.path.endswith(".egg-info") and found.version == same[0].version
                if position > 0 and not same_said:
                    leftovers.append(Leftover(kind="duplicate", name=name, path=found.path))
        seen |= here.keys()
    return distributions, leftovers


def _read_folder(folder: Folder, tags: frozenset[str], linked: set[str]) -> Iterable[Distribution]:
    for name in sorted(folder.entries):
        inside_egg = name == "EGG-INFO" and folder.path.endswith(".egg")
        if not is_metadata(name) and not inside_egg:
            continue
        editable = name.removesuffix(".egg-info").lower() in linked
        found = read_distribution(folder.path, name, tags, editable)
        if found is not None:
            yield found


_SAMPLE = 200


def _fit(found: Distribution) -> tuple[float, int]:
    """How well the files on disk fit the RECORD of a dist-info, from 0 to 1, and its age."""
    path = record_of(found)
    if path is None:
        return 0.0, 0
    try:
        modified = path.stat().st_mtime_ns
        lines = [line for line in parse_record(path.read_bytes()).lines if line.size is not None]
    except OSError:
        return 0.0, 0
    # What the dist-info holds itself always fits.
    own = (Path(found.path).name, "..")
    lines = [line for line in lines if not line.path.startswith(own)]
    step = max(1, len(lines) // _SAMPLE)
    sample = lines[::step]
    fitting = sum(_size(Path(found.path).parent / line.path) == line.size for line in sample)
    return (fitting / len(sample) if sample else 0.0), modified


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return None


DISTRIBUTIONS_PROBE = Probe(
    name="distributions", keys=(DISTRIBUTIONS, LEFTOVERS, SHADOWS, COMMANDS), find=find, group="packages"
)
