"""Reading each node's snapshot into the traits that are compared, so that the snapshot can be let go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from doctor.core.fleet.report import Indexes
from doctor.core.fleet.trait import Cell, Reading, Trait
from doctor.core.matrix import Matrix
from doctor.core.rule import Env, NotApplicableError, UndeterminedError
from doctor.core.snapshot import Snapshot
from doctor.fleet.node_report import NodeReport

KEPT = 512
"""Combinations of facts whose readings are kept, for each trait."""


class Reader:
    """The columns of a fleet in the making: for each trait its distinct readings and their nodes."""

    def __init__(self, traits: Iterable[Trait], matrix: Matrix) -> None:
        self._matrix = matrix
        self._traits = {trait.name: trait for trait in traits}
        self._columns: dict[str, dict[Reading, list[int]]] = {name: {} for name in self._traits}
        self._known: dict[str, dict[tuple[bytes | None, ...], list[int]]] = {name: {} for name in self._traits}
        self._pairs: dict[tuple[str, Cell], tuple[str, Cell]] = {}

    def add(self, index: int, report: NodeReport) -> None:
        """Read one node."""
        for name, trait in self._traits.items():
            key = tuple(report.digests.get(item.name) for item in trait.keys)
            nodes = self._known[name].get(key)
            if nodes is None:
                reading = self._shared(read_trait(trait, report.snapshot, self._matrix))
                nodes = self._columns[name].setdefault(reading, [])
                if len(self._known[name]) >= KEPT:
                    del self._known[name][next(iter(self._known[name]))]
                self._known[name][key] = nodes
            nodes.append(index)

    def columns(self) -> Mapping[str, Mapping[Reading, Indexes]]:
        """The distinct readings of each trait, with the nodes that have them."""
        return {
            name: {reading: tuple(nodes) for reading, nodes in column.items()} for name, column in self._columns.items()
        }

    def _shared(self, reading: Reading) -> Reading:
        """The reading made of pairs that others have too: thousands of lists of packages are nearly one."""
        return Reading(tuple(self._pairs.setdefault(pair, pair) for pair in reading.items), reading.whole)


def read_trait(trait: Trait, snapshot: Snapshot, matrix: Matrix) -> Reading:
    """Read one trait of a snapshot; what the reader raises is an unknown, as with a rule."""
    env = Env(snapshot=snapshot, matrix=matrix, reads=frozenset(key.name for key in trait.keys))
    try:
        items = dict(trait.read(env))
    except NotApplicableError as error:
        return Reading(whole=Cell("absent", str(error)))
    except UndeterminedError as error:
        return Reading(whole=Cell("unknown", str(error)))
    except Exception as error:  # noqa: BLE001 - a broken reader is unknown and says so
        return Reading(whole=Cell("unknown", f"{trait.name} could not be read: {type(error).__name__}: {error}"))
    return Reading(tuple(sorted(items.items())))
