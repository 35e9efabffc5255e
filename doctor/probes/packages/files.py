"""The files of installed distributions held against their RECORDs."""

from __future__ import annotations

from doctor.core.fact import Known, Source, SourceKind
from doctor.core.packages.distribution import DAMAGED_FILES, DISTRIBUTIONS, SHARED_FILES
from doctor.core.target import Facts, Probe, Target
from doctor.probes.packages.claims import collect_claims
from doctor.probes.packages.conda import find_conda_damage
from doctor.probes.packages.damage import condense, find_damage
from doctor.probes.packages.distributions import read_all
from doctor.probes.packages.folders import printable, search_folders, unreadable
from doctor.probes.packages.shared import find_shared


def find(target: Target) -> Facts:
    """Find the facts of this probe."""
    interpreter = target.interpreter
    source = Source(kind=SourceKind.DIST_INFO, where=f"the RECORDs in {printable(interpreter.prefix)}")
    folders = search_folders(target)
    unknown = unreadable(folders, source)
    if unknown is not None:
        return [(DAMAGED_FILES, unknown), (SHARED_FILES, unknown)]
    read = target.earlier.get(DISTRIBUTIONS.name)
    distributions = read.value if isinstance(read, Known) else read_all(folders, frozenset())[0]
    claims = collect_claims(interpreter, distributions)
    damaged = [
        *claims.unrecorded,
        *find_damage(claims, interpreter.scripts, deep=target.deep),
        *find_conda_damage(interpreter, distributions),
    ]
    shared = find_shared(claims, interpreter.scripts)
    return [
        (DAMAGED_FILES, Known(value=tuple(condense(damaged)), source=source)),
        (SHARED_FILES, Known(value=tuple(shared), source=source)),
    ]


# Hashing 10 GB from a slow disk takes a minute; without `deep` it is under a second.
FILES_PROBE = Probe(name="files", keys=(DAMAGED_FILES, SHARED_FILES), find=find, deadline=120.0, group="packages")
