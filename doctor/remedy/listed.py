"""What to change in a list of pins, in place of commands for an environment that is not there yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement

from doctor.core.fact import Known, Source, SourceKind
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Problem, Remedy, Report, Safety
from doctor.core.serve import SERVE
from doctor.core.snapshot import Snapshot
from doctor.remedy.action import Action, action_of

Listed = dict[str, Distribution]

_GIVEN = Source(kind=SourceKind.CONFIG, where="--serve")
"""Where the rules on a command say that it stands."""

_LOCKS = {
    "uv.lock": ("uv", "lock", "--upgrade-package"),
    "poetry.lock": ("poetry", "add"),
    "pdm.lock": ("pdm", "add"),
}
"""The locks that their tool writes anew with one command, which takes the requirement behind it."""


def for_list(report: Report, snapshot: Snapshot, form: str) -> Report:
    """The report on a list with remedies that name the lines to change; `form` is the list's: ``uv.lock``."""
    listed, command = _listed(snapshot), snapshot.get(SERVE)

    def change(problem: Problem) -> Problem:
        if isinstance(command, Known) and problem.location == _GIVEN:
            # The file states the command itself.
            problem = replace(problem, location=command.source)
        return _problem(problem, listed, form)

    outcomes = tuple(replace(outcome, problems=tuple(map(change, outcome.problems))) for outcome in report.outcomes)
    return replace(report, outcomes=outcomes)


def _listed(snapshot: Snapshot) -> Listed:
    fact = snapshot.get(DISTRIBUTIONS)
    found = fact.value if isinstance(fact, Known) else ()
    return {item.name: item for item in found if item.place is not None and item.place.kind is SourceKind.LOCK}


def _problem(problem: Problem, listed: Listed, form: str) -> Problem:
    subject = listed.get(problem.subject)
    remedies = tuple(dict.fromkeys(_remedy(remedy, listed, form) for remedy in problem.remedies))
    return replace(problem, location=subject.place if subject else problem.location, remedies=remedies)


def _remedy(remedy: Remedy, listed: Listed, form: str) -> Remedy:
    action = action_of(remedy)
    if action is None:
        return remedy
    command = _LOCKS.get(form)
    if command and action.pins and not action.removals:
        commands = tuple((*command, pin) for pin in action.pins.values())
        return Remedy(text=f"{remedy.text}, and lock again", commands=commands, pins=remedy.pins)
    changes = "; ".join(_changes(action, listed))
    return Remedy(text=f"{remedy.text}: {changes}", pins=remedy.pins, safety=Safety.MANUAL) if changes else remedy


def _changes(action: Action, listed: Listed) -> list[str]:
    found = [_change(pin, listed.get(name)) for name, pin in action.pins.items()]
    found += [f"take {name} out of {_place(listed[name])}" for name in action.removals if name in listed]
    found += [f"let {name} move in {_place(listed[name])}" for name in action.moving if name in listed]
    return found


def _change(pin: str, item: Distribution | None) -> str:
    if item is None:
        return f"add {pin}"
    specifier = Requirement(pin).specifier
    return f"{item.name}{specifier} in place of {item.name}=={item.version} in {_place(item)}"


def _place(item: Distribution) -> str:
    assert item.place is not None
    name = Path(item.place.where).name
    return f"line {item.place.line} of {name}" if item.place.line else name
