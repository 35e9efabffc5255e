"""Locks that ship with doctor: where one holds all that a plan needs, nothing has to be resolved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from doctor.core.interpreter import Interpreter
from doctor.core.matrix import KnownGoodSet
from doctor.core.packages.declared import states_versions_only
from doctor.core.packages.distribution import Distribution
from doctor.matrix.locks import lock_for, shipped_lock
from doctor.remedy.plan import Plan
from doctor.remedy.request import FOREIGN, Request
from doctor.remedy.resolve import Locked, Resolution, parse
from doctor.rules.pin.known_good import version_of

SEEDS = frozenset({"pip", "setuptools", "wheel", "uv"})
"""What environments are made with: they require nothing, and may stay beside a lock as they are."""


def closure_of(chosen: KnownGoodSet | None, interpreter: Interpreter) -> dict[str, Locked]:
    """What a set was proven with on this Python and processor, by name; nothing where no lock ships for them."""
    machine = interpreter.markers.get("platform_machine", "")
    name = lock_for(chosen, interpreter.version, machine) if chosen else ""
    return {item.name: item for item in parse(shipped_lock(name).decode())} if name else {}


def resolution_of(
    plan: Plan,
    request: Request,
    distributions: Iterable[Distribution],
    closure: Mapping[str, Locked],
    *,
    elsewhere_too: bool,
) -> Resolution | None:
    """The closure as a resolution, or None where a resolver has to be asked.

    It has to be where the user has more than the set, or other versions that would move for
    nothing. Builds with a label are on PyTorch's index, unless the user has other places than the
    package index to install from (`elsewhere_too`).
    """
    there = {item.name: item for item in distributions if not item.shadowed and item.origin not in FOREIGN}
    staying = {name: item for name, item in there.items() if name not in plan.removals}
    beside = {name for name in staying if name in SEEDS and name not in closure}
    if not closure or set(staying) - set(closure) - beside or request.apart:
        return None
    if not all(_holds(line, closure) for line in request.needed):
        return None
    if not plan.anew and not _is_still(plan, staying, closure):
        return None
    labels = sorted({item.version.rpartition("+")[2] for item in closure.values() if "+" in item.version})
    return Resolution(
        locked=tuple(closure[name] for name in sorted(closure)),
        label=labels[0] if labels and not elsewhere_too else "",
        configured=elsewhere_too,
        beside=tuple(sorted(beside)),
    )


def _holds(line: str, closure: Mapping[str, Locked]) -> bool:
    requirement = Requirement(line)
    item = closure.get(canonicalize_name(requirement.name))
    return item is not None and requirement.specifier.contains(item.version, prereleases=True)


def _is_still(plan: Plan, staying: Mapping[str, Distribution], closure: Mapping[str, Locked]) -> bool:
    """Whether the closure moves nothing that the plan does not move."""
    # What a stated list leaves out has to come from somewhere, and no version of it is there to stay.
    unlisted = any(map(states_versions_only, staying.values()))
    meant = {*plan.pins, *plan.moving, *plan.reinstalls}
    for name, item in closure.items():
        found = staying.get(name)
        if name in plan.moving and found is not None and version_of(found.version) == Version(item.version):
            return False
        if name in meant or (found is None and unlisted):
            continue
        if found is None or version_of(found.version) != Version(item.version):
            return False
    return True
