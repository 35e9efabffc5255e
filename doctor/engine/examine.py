"""Taking the snapshot of a live interpreter."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from doctor import __version__
from doctor.core.endtoend import END_TO_END, not_asked_for
from doctor.core.fact import Fact, Known, Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.snapshot import Key, Snapshot, snapshot_of
from doctor.core.target import Probe, Target
from doctor.engine.guard import run_probes
from doctor.probes import PROBES
from doctor.probes.interpreter import ask_interpreter


def take_snapshot(
    python: Path,
    *,
    environ: Mapping[str, str] | None = None,
    deep: bool = False,
    wanted: frozenset[str] | None = None,
) -> Snapshot:
    """Examine the interpreter at `python` without importing anything that it has installed.

    `wanted` limits the probes to those that find one of these keys; None runs them all.

    Raises:
        TargetError: the interpreter does not exist, hangs, or does not answer like a Python.
    """
    environ = os.environ if environ is None else environ
    interpreter = ask_interpreter(python, environ)
    target = Target(interpreter=interpreter, environ=environ, deep=deep)
    asked = Source(kind=SourceKind.RUN, where=f"{python} -I")
    facts: list[tuple[Key[Any], Fact[Any]]] = [(INTERPRETER, Known(value=interpreter, source=asked))]
    facts.append((END_TO_END, not_asked_for()))
    facts += run_probes(_needed(PROBES, wanted), target)
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return snapshot_of(str(python), taken_at=now, version=__version__, facts=facts)


def _needed(probes: Iterable[Probe], wanted: frozenset[str] | None) -> list[Probe]:
    return [probe for probe in probes if wanted is None or any(key.name in wanted for key in probe.keys)]
