"""What a fleet is judged by, from what the user asks for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from doctor.cli.known import load_known
from doctor.core.errors import TargetError
from doctor.core.fact import Known
from doctor.core.fleet.members import Expectation, Reference
from doctor.core.fleet.rule import FleetRule
from doctor.core.fleet.trait import Trait
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.serve import ServeCommand
from doctor.engine.catalogue import fleet_codes, load, select_for_fleet
from doctor.fleet.merge import Terms
from doctor.fleet.roll import Role
from doctor.intake.listed import read_listed
from doctor.intake.target import target_of

COUNTED_TOGETHER = frozenset({"SERVE009"})
"""Rules that hold a command against the GPUs of one machine: FLT018 holds it against those of all nodes."""


def load_terms(
    *,
    selected: tuple[str, ...] = (),
    ignored: tuple[str, ...] = (),
    matrices: Sequence[Path] = (),
    expectation: Expectation | None = None,
    roles: tuple[Role, ...] = (),
    lock: str = "",
    set_name: str = "",
    serve: ServeCommand | None = None,
) -> Terms:
    """Load the rules and the matrix, and what every node is held against.

    Raises:
        SelectionError: a selector matches no rule, or none is left.
        MatrixError: a file of the matrix cannot be read or breaks the schema.
        TargetError: the lock file cannot be read, or there is no such set.
    """
    of_nodes, of_fleets, not_selected = select_for_fleet(selected, ignored)
    matrix = load_known(matrices)
    return Terms(
        rules=tuple(rule for rule in of_nodes if rule.code not in COUNTED_TOGETHER),
        fleet_rules=of_fleets,
        matrix=matrix,
        shown=load_traits(),
        not_selected=(*not_selected, *(rule.code for rule in of_nodes if rule.code in COUNTED_TOGETHER)),
        expectation=expectation or Expectation(),
        reference=_reference(lock, set_name, matrix),
        roles=roles,
        serve=serve,
    )


def load_traits() -> tuple[Trait, ...]:
    """What is shown of each node, whatever rules are selected."""
    rules = [rule for code in fleet_codes() if isinstance(rule := load(code), FleetRule)]
    return tuple(trait for rule in rules for trait in rule.traits)


def _reference(lock: str, set_name: str, matrix: Matrix) -> Reference | None:
    if lock:
        fact = read_listed(Path(lock), target_of()).get(DISTRIBUTIONS)
        if not isinstance(fact, Known):
            raise TargetError(f"{lock} states no packages")
        return Reference(name=lock, pins={item.name: item.version for item in fact.value})
    if set_name:
        row = next((row for row in matrix.sets if row.name == set_name), None)
        if row is None:
            raise TargetError(f"there is no known-good set {set_name!r}", hint="`doctor matrix list` shows them")
        return Reference(name=f"the set {row.name}", pins=row.pins)
    return None
