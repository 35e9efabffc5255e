"""Taking the snapshot of a live interpreter."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doctor import __version__
from doctor.core.artifact.folder import Artifacts
from doctor.core.endtoend import END_TO_END, not_asked_for
from doctor.core.fact import Fact, Known, Source, SourceKind
from doctor.core.fleet.node import FOR_FLEETS
from doctor.core.interpreter import INTERPRETER
from doctor.core.reading import READING, no_text
from doctor.core.serve import SERVE
from doctor.core.serve import not_asked_for as no_command
from doctor.core.snapshot import Key, Snapshot, snapshot_of
from doctor.core.target import Probe, Target
from doctor.core.training import TRAINING, not_named
from doctor.core.unnamed import facts_of_unnamed
from doctor.probes.interpreter import Question

if TYPE_CHECKING:
    # At run time it is imported while the interpreter starts.
    from doctor.engine.guard import Pairs


class Examination:
    """An interpreter that is being examined, without importing anything that it has installed.

    The probes are at work from the beginning; the caller may do something else until it calls
    `snapshot`. Leaving the ``with`` block ends those that still are.

    `wanted` limits the probes to those that find one of these keys; None leaves out only what is for the
    comparison of nodes (`FOR_FLEETS`).
    `artifacts` are the model folders that are examined with it.

    Raises:
        TargetError: the interpreter does not exist, hangs, or does not answer like a Python.
    """

    def __init__(
        self,
        python: Path,
        *,
        environ: Mapping[str, str] | None = None,
        deep: bool = False,
        wanted: frozenset[str] | None = None,
        artifacts: Artifacts | None = None,
    ) -> None:
        environ = os.environ if environ is None else environ
        self._python = python
        with Question(python, environ) as question:
            # The interpreter takes as long to start as the first probes to be imported.
            from doctor.engine.guard import Probing

            artifacts = artifacts or Artifacts()
            first = _needed(_first_probes(artifacts), wanted)
            self._interpreter = question.answer()
        self._unnamed = [pair for pair in facts_of_unnamed() if _is_wanted(pair[0], wanted)] if artifacts.empty else []
        target = Target(interpreter=self._interpreter, environ=environ, deep=deep, artifacts=artifacts)
        self._probing = Probing(first, target)
        try:
            self._probing.add(_needed(_other_probes(wanted), wanted))
        except BaseException:
            self._probing.stop()
            raise

    def __enter__(self) -> Examination:
        return self

    def __exit__(self, *_: object) -> None:
        self._probing.stop()

    def snapshot(self, news: Callable[[Snapshot], None] | None = None) -> Snapshot:
        """Wait for the probes and return what they found; `news` is called with what is known so far."""
        if news is None:
            return self._of(self._probing.finish())
        # Not before the first answers: they say which rules need not be imported.
        return self._of(self._probing.finish(lambda found: news(self._of(found))))

    def _of(self, found: Pairs) -> Snapshot:
        asked = Source(kind=SourceKind.RUN, where=f"{self._python} -I")
        facts: list[tuple[Key[Any], Fact[Any]]] = [(INTERPRETER, Known(value=self._interpreter, source=asked))]
        facts += [(END_TO_END, not_asked_for()), (READING, no_text()), (SERVE, no_command()), (TRAINING, not_named())]
        facts += [*self._unnamed, *found]
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
        return snapshot_of(str(self._python), taken_at=now, version=__version__, facts=facts)


def take_snapshot(
    python: Path,
    *,
    environ: Mapping[str, str] | None = None,
    deep: bool = False,
    wanted: frozenset[str] | None = None,
    artifacts: Artifacts | None = None,
) -> Snapshot:
    """Examine an interpreter and wait for the facts; see `Examination`."""
    with Examination(python, environ=environ, deep=deep, wanted=wanted, artifacts=artifacts) as examination:
        return examination.snapshot()


def _first_probes(artifacts: Artifacts) -> list[Probe]:
    """The probes that take the longest; those of folders are imported where there are some."""
    from doctor.probes import catalogue

    return [*(() if artifacts.empty else catalogue.artifact_probes()), *catalogue.package_probes()]


def _other_probes(wanted: frozenset[str] | None) -> list[Probe]:
    """The other probes, which are imported while the first are at work."""
    from doctor.probes import catalogue

    for_fleets = catalogue.fleet_probes() if wanted and wanted & FOR_FLEETS else ()
    return [*catalogue.machine_probes(), *for_fleets]


def _needed(probes: Iterable[Probe], wanted: frozenset[str] | None) -> list[Probe]:
    return [probe for probe in probes if any(_is_wanted(key, wanted) for key in probe.keys)]


def _is_wanted(key: Key[Any], wanted: frozenset[str] | None) -> bool:
    return key.name not in FOR_FLEETS if wanted is None else key.name in wanted
