"""Where the processor time of one `doctor check` goes, by its parts; prints milliseconds as JSON.

    PYTHON scripts/benchmarking/parts.py TARGET

PYTHON is the interpreter that doctor is installed in, TARGET the one to examine. The parts are done one after the
other here, in a check many of them at the same time.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # At run time its import is one of the parts.
    from doctor.core.target import Probe

if not sys.flags.safe_path:  # type: ignore[attr-defined]  # since Python 3.11, which this needs
    # The folder of this file must not come before the installed doctor.
    del sys.path[0]

LEAST = 15.0
"""Milliseconds that a probe takes for a line of its own."""


class Clock:
    """Adds up the processor time of parts: this process's own, and that of the children that it waited for."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure what is done in a ``with`` block."""
        before = _spent()
        yield
        self.parts[name] = self.parts.get(name, 0.0) + (_spent() - before) * 1000


def _spent() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure(python: Path) -> dict[str, float]:
    """Do the parts of a check, one after the other."""
    clock = Clock()
    clock.parts["start of Python"] = _spent() * 1000
    with clock.part("imports of the command line"):
        import doctor.cli.check
        import doctor.cli.run  # noqa: F401
    with clock.part("imports of the probes"):
        from doctor.core.fact import Known
        from doctor.core.target import Target
        from doctor.engine.guard import run_probes
        from doctor.probes.catalogue import environment_probes

        probes = environment_probes()
    with clock.part("asking the interpreter"):
        from doctor.probes.interpreter import ask_interpreter

        target = Target(interpreter=ask_interpreter(python, os.environ), environ=os.environ)
    with clock.part("imports of matrix and judge"):
        from doctor.cli.criteria import load_criteria
    with clock.part("reading the matrix and the index"):
        criteria = load_criteria((), (), ())
    from doctor.engine.examine import take_snapshot

    for name, group in _grouped(probes).items():
        with clock.part(f"probe: {name}"):
            run_probes(group, target)
    snapshot = take_snapshot(python)
    with clock.part("imports of the rules"):
        for rule in criteria.rules:
            if rule.first is None or isinstance(snapshot.get(rule.first), Known):
                rule.load()
    with clock.part("judging"):
        report = criteria.judge(snapshot)
    with clock.part("writing text"):
        from doctor.cli.examine import Examined
        from doctor.cli.reports import renderer, rendering_of

        renderer("text")(rendering_of(report, Examined(snapshot=snapshot, why=""), criteria))
    return _with_small_probes_in_one(clock.parts)


def _grouped(probes: tuple[Probe, ...]) -> dict[str, list[Probe]]:
    """The probes that share a process, by what they are called together."""
    groups: dict[str, list[Probe]] = {}
    for probe in probes:
        groups.setdefault(probe.group or probe.name, []).append(probe)
    return {name if len(group) == 1 else f"{name} ({len(group)})": group for name, group in groups.items()}


def _with_small_probes_in_one(parts: dict[str, float]) -> dict[str, float]:
    small = {name: spent for name, spent in parts.items() if name.startswith("probe: ") and spent < LEAST}
    if not small:
        return parts
    kept = {name: spent for name, spent in parts.items() if name not in small}
    return {**kept, "the other probes": sum(small.values())}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
