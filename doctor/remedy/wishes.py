"""Whether what the user asks of a plan can be meant: names that exist, and no contradiction."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from doctor.core.matrix import KnownGoodSet
from doctor.core.packages.distribution import Distribution
from doctor.remedy.choice import PlanError
from doctor.remedy.plan import Wishes
from doctor.rules.pin.difference import difference
from doctor.rules.pin.known_good import version_of


def require_kept(wishes: Wishes, installed: Iterable[str]) -> None:
    """Demand that what is to stay is there.

    Raises:
        PlanError: it is not installed.
    """
    there = set(installed)
    for name in wishes.keep:
        if name not in there:
            near = difflib.get_close_matches(name, sorted(there), n=3)
            hint = f"installed is {' and '.join(near)}" if near else "`doctor snapshot` lists what is installed"
            raise PlanError(f"--keep {name}: there is no {name} in this environment", hint=hint)


def require_no_contradiction(
    wishes: Wishes, chosen: KnownGoodSet | None, installed: Mapping[str, Distribution]
) -> None:
    """Demand that what is to stay is not what the set that is asked for has to change.

    Raises:
        PlanError: the set has another version of it, and its compiled code needs that one.
    """
    if chosen is None or not (wishes.set_name or wishes.vllm):
        return
    for name in wishes.keep:
        wanted, found = chosen.pins.get(name), version_of(installed[name].version)
        if wanted is None or name not in (chosen.engine, *chosen.bound):
            continue
        if difference(chosen, name, wanted, found) is not None:
            raise PlanError(
                f"--keep {name} contradicts the set {chosen.name}: it needs {name} {wanted}, and"
                f" {installed[name].version} is installed",
                hint=f"leave out --keep {name}, or ask for another set (`doctor matrix list`)",
            )
