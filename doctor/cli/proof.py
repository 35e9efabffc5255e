"""The end-to-end proof as commands run it: planned, told of on standard error, and put into the snapshot."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from doctor.cli.output import Relay, tell
from doctor.core.artifact.folder import Artifacts
from doctor.core.frozen import frozen
from doctor.core.snapshot import Snapshot


@frozen
class Proof:
    """What is proven, and how much is told of it; `word` begins each line. `verbose` shows what the child prints."""

    architecture: str = ""
    artifacts: Artifacts = field(default_factory=Artifacts)
    quiet: bool = False
    verbose: bool = False
    word: str = "end to end"

    def needs(self) -> frozenset[str]:
        """The names of the facts that it is planned from."""
        from doctor.endtoend.plan import keys_needed

        return keys_needed(self.artifacts)

    def run(
        self, snapshot: Snapshot, python: Path, environ: Mapping[str, str] = os.environ, parent: Path | None = None
    ) -> Snapshot:
        """Make the proof with an interpreter, and return the snapshot with what it found."""
        from doctor.core.endtoend import DEFAULT_ARCHITECTURE, END_TO_END
        from doctor.core.fact import Unknown
        from doctor.endtoend.driver import run_end_to_end
        from doctor.endtoend.plan import plan

        if self.artifacts.adapters and not (self.artifacts.model or self.artifacts.base):
            self.tell("the adapters need a model to be put on: --base DIR names it; a tiny one is proven in its place")
        job = plan(snapshot, self.artifacts, self.architecture or DEFAULT_ARCHITECTURE)
        if isinstance(job, Unknown):
            return snapshot.replace(END_TO_END, job)
        relay = Relay() if self.verbose else None
        raw = relay.feed if relay else None
        found = run_end_to_end(python, environ=environ, progress=self.tell, job=job, raw=raw, parent=parent)
        if relay:
            relay.end()
        return snapshot.replace(END_TO_END, found)

    def tell(self, line: str) -> None:
        """Say what is being done."""
        if not self.quiet:
            tell(f"{self.word}: {line}")
