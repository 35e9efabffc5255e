"""What the phases hand on."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from tinyproof.architectures import ARCHITECTURES, Architecture
from tinyproof.reporting import CouldNotRun


@dataclasses.dataclass(frozen=True)
class Job:
    """What is proven: a tiny model of an architecture, or a `model` folder with `adapters` for it.

    `reference` is the type that Hugging Face computes the reference of a given model in:
    ``float32``, or ``half`` where there is no memory for that.
    """

    architecture: Architecture = ARCHITECTURES["llama"]
    model: str = ""
    adapters: tuple = ()
    reference: str = "float32"


class Bench:
    """The job, the folder to write in, the report, and what phases leave for later ones."""

    def __init__(self, job, folder, reporter):
        self.job = job
        self.folder = folder
        self.reporter = reporter
        self._things = {}

    def path(self, *names):
        """Return a path in the folder."""
        return str(Path(self.folder, *names))

    def put(self, name, thing):
        """Leave something for later phases."""
        self._things[name] = thing

    def take(self, name):
        """Return what an earlier phase left.

        Raises:
            CouldNotRun: it did not get that far.
        """
        if name not in self._things:
            raise CouldNotRun("not-run", f"an earlier phase failed: it left no {name}")
        return self._things[name]

    def drop(self, name):
        """Return what an earlier phase left and forget it."""
        thing = self.take(name)
        del self._things[name]
        return thing

    def __contains__(self, name):
        return name in self._things
