"""What is judged beside an environment: folders here, the command that serves, and what was trained elsewhere."""

from __future__ import annotations

import sys
from dataclasses import replace

from doctor.cli.examine import Examined, examine, read
from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.folder import Artifacts
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.fact import Known, Source, SourceKind
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.serve import SERVE, ServeCommand, not_asked_for
from doctor.core.snapshot import Snapshot
from doctor.core.training import TRAINING, not_named


def is_snapshot(environment: str) -> bool:
    """Whether an environment is named by the file of its snapshot."""
    return environment.endswith(".json")


def with_folders(examined: Examined, artifacts: Artifacts, quiet: bool) -> Examined:
    """What a file tells of an environment, with the folders that are to be used there and lie here."""
    if artifacts == Artifacts():
        return examined
    keys = (MODEL, BASE, ADAPTERS)
    wanted = frozenset(key.name for key in keys)
    # The folders are read by doctor's own code: the interpreter that it runs with will do.
    here, _ = examine(
        sys.executable, deep=False, proof=None, wanted=wanted, meanwhile=lambda: None, quiet=quiet, artifacts=artifacts
    )
    facts = {**examined.snapshot.facts, **{name: here.snapshot.facts[name] for name in wanted}}
    return replace(examined, snapshot=replace(examined.snapshot, facts=facts))


def with_training(snapshot: Snapshot, environment: str, quiet: bool) -> Snapshot:
    """The snapshot with what is installed in the environment that trains; "" where none is named."""
    if not environment:
        return snapshot if isinstance(snapshot.get(TRAINING), Known) else snapshot.replace(TRAINING, not_named())
    if is_snapshot(environment):
        other = read(environment)
    else:
        wanted = frozenset({DISTRIBUTIONS.name})
        other, _ = examine(environment, deep=False, proof=None, wanted=wanted, meanwhile=lambda: None, quiet=quiet)
    return snapshot.replace(TRAINING, other.snapshot.get(DISTRIBUTIONS))


def with_serve(snapshot: Snapshot, command: ServeCommand | None) -> Snapshot:
    """The snapshot with the command that serves, as the options give it."""
    if command is not None:
        source = Source(kind=SourceKind.CONFIG, where="--serve")
        return snapshot.replace(SERVE, Known(value=command, source=source))
    # A file that states a command keeps it; that none was given, the options say.
    return snapshot if isinstance(snapshot.get(SERVE), Known) else snapshot.replace(SERVE, not_asked_for())
