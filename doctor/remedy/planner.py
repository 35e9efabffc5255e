"""Making a plan from a report. Nothing is detected here: what is wrong, the report says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from doctor.core.fact import Known, value_or
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import ENGINES, KnownGoodSet, Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS, SHARED_FILES, Distribution
from doctor.core.report import Outcome, Problem, Remedy, Report, Severity
from doctor.core.rule import describe_gap
from doctor.core.snapshot import Key, Snapshot
from doctor.remedy.action import Action, action_of
from doctor.remedy.choice import PlanError, choose
from doctor.remedy.plan import Plan, Step, Wishes
from doctor.remedy.wishes import require_kept, require_no_contradiction
from doctor.rules.pin.difference import difference
from doctor.rules.pin.known_good import version_of
from doctor.rules.pkg.requirements import combine_all, satisfiable

_PACKAGES = ("PKG", "ABI", "PIN")
"""The topics whose problems packages mend; those of the others are for a person."""

_DECLARED = ("PKG001", "PKG002")
"""The rules of declared requirements, which a resolver satisfies by itself."""

_ANCHORS = (*ENGINES, "torch")
_KEPT, _GRAVE = 1000, 20


def plan_mend(report: Report, snapshot: Snapshot, matrix: Matrix, wishes: Wishes | None = None) -> Plan:
    """Plan what mends the problems of a report at the level of a warning or above.

    Raises:
        PlanError: the installed distributions are not known, or `wishes` cannot be granted.
    """
    wishes = wishes or Wishes()
    wishes = replace(wishes, keep=tuple(canonicalize_name(name) for name in wishes.keep))
    needed: tuple[Key[Any], ...] = (INTERPRETER, DISTRIBUTIONS)
    for key in needed:
        fact = snapshot.get(key)
        if not isinstance(fact, Known):
            raise PlanError(f"a plan needs to know what is installed: {describe_gap(key.name, fact)}")
    grave = [pair for pair in report.problems() if pair[0].severity_of(pair[1]) >= Severity.WARNING]
    chosen, why = choose(matrix, snapshot, wishes, any(_is_of_versions(*pair) for pair in grave))
    draft = _Draft.of(snapshot, chosen, wishes)
    require_kept(wishes, draft.installed)
    require_no_contradiction(wishes, chosen, draft.installed)
    if draft.whole is not None:
        draft.take_all(draft.whole)
    for outcome, problem in grave:
        draft.mend(outcome, problem)
    draft.restore_shared(snapshot)
    unknown = tuple(
        f"{item.code}: {reason}" for item in report.outcomes if item.undetermined for reason in item.reasons
    )
    return draft.finish(why, _declined(report), unknown)


def _is_of_versions(outcome: Outcome, problem: Problem) -> bool:
    """Whether a problem is one that other versions of the stack mend."""
    if outcome.severity_of(problem) < Severity.ERROR:
        return False
    return outcome.topic in ("ABI", "PIN", "GPU") or outcome.code in (*_DECLARED, "PKG003", "PKG014")


def _declined(report: Report) -> tuple[str, ...]:
    """What is declared as required and left out, as text models do without it (PKG002)."""
    names: dict[str, None] = {}
    for outcome, problem in report.problems():
        if outcome.code == "PKG002" and outcome.severity_of(problem) is Severity.INFO:
            for remedy in problem.remedies:
                action = action_of(remedy)
                names.update(dict.fromkeys(sorted(action.names) if action else ()))
    return tuple(names)


@dataclass(slots=True)
class _Draft:
    known_leftovers: frozenset[str]
    installed: dict[str, Distribution]
    chosen: KnownGoodSet | None
    wishes: Wishes
    action: Action = field(default_factory=Action)
    codes: dict[str, dict[str, None]] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    leftovers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, snapshot: Snapshot, chosen: KnownGoodSet | None, wishes: Wishes) -> _Draft:
        found, leftovers = value_or(snapshot.get(DISTRIBUTIONS), ()), value_or(snapshot.get(LEFTOVERS), ())
        installed = {item.name: item for item in found if not item.shadowed}
        return cls(frozenset(item.path for item in leftovers), installed, chosen, wishes)

    @property
    def whole(self) -> KnownGoodSet | None:
        """The set, where all of it is asked for, not only what the report names: another engine is there, or two."""
        there = [name for name in ENGINES if name in self.installed]
        return self.chosen if self.anew or (self.chosen and there != [self.chosen.engine]) else None

    @property
    def anew(self) -> bool:
        """Whether the set comes in as it was proven: its engine is not there yet, or the user asks for the set."""
        if self.chosen is None or self.wishes.set_name or self.wishes.vllm:
            return self.chosen is not None
        own = self.installed.get(self.chosen.engine)
        return own is None or own.version != self.chosen.pins[own.name]

    def take_all(self, chosen: KnownGoodSet) -> None:
        """Plan every version of a set, and that no other engine stays beside its own."""
        for name in chosen.pins:
            self._pin_of_set(name)
        for name in ENGINES:
            if name in self.installed and chosen.engine and name != chosen.engine:
                self.action.removals[name] = None

    def mend(self, outcome: Outcome, problem: Problem) -> None:
        """Add what mends a problem, or a step for a person."""
        subject = canonicalize_name(problem.subject)
        if self._drop(subject, outcome.code):
            return
        whole = self.whole
        if whole is not None and self._set_replaces(outcome):
            self._note(subject if subject in whole.pins else whole.engine or "torch", outcome.code)
            return
        action = self._cheapest(problem) if outcome.topic in _PACKAGES else None
        if action is not None and not self._excludes(action):
            self._add(action, outcome.code)
        elif whole is not None and subject in {**whole.pins, **self.action.removals}:
            self._note(subject, outcome.code)
        else:
            self.steps += _steps(outcome, problem)

    def _set_replaces(self, outcome: Outcome) -> bool:
        """Whether a problem is one of versions that all give way to those of another set."""
        return outcome.topic in ("GPU", "PIN") or outcome.code in _DECLARED

    def _drop(self, subject: str, code: str) -> bool:
        """Remove what the set was proven without, or another build of vLLM than that of the set."""
        if self.chosen is None or subject not in self.installed or subject in self.wishes.keep:
            return False
        version = self.installed[subject].version
        other_engine = bool(self.chosen.engine) and subject in ENGINES and subject != self.chosen.engine
        unproven = subject in _deviating(self.chosen) and subject not in self.chosen.pins
        differs = self.chosen.alternatives.get(subject) != version
        if not other_engine and not (unproven and differs):
            return False
        self.action.removals[subject] = None
        self.action.pins.pop(subject, None)
        self._note(subject, code)
        return True

    def _cheapest(self, problem: Problem) -> Action | None:
        actions = [action for remedy in problem.remedies if (action := action_of(remedy, self.known_leftovers))]
        action = min(actions, key=self._cost, default=None)
        return None if action is None or self._cost(action) >= _KEPT else action

    def _cost(self, action: Action) -> int:
        return sum(self._cost_of(name, action) for name in action.names)

    def _cost_of(self, name: str, action: Action) -> int:
        again = name in action.reinstalls and self._satisfied(name, action.pins.get(name, name))
        if again or (name in action.pins and self._satisfied(name, action.pins[name])):
            return 1
        if name in self.wishes.keep:
            return _KEPT
        if name in _ANCHORS and name in self.installed and not self._is_of_set(name, action):
            return _GRAVE
        return 3 if name in action.removals else 1

    def _is_of_set(self, name: str, action: Action) -> bool:
        return self.chosen is not None and name in self.chosen.pins and name not in action.removals

    def _satisfied(self, name: str, requirement: str) -> bool:
        item = self.installed.get(name)
        version = version_of(item.version) if item else None
        return version is not None and Requirement(requirement).specifier.contains(version, prereleases=True)

    def _add(self, action: Action, code: str) -> None:
        gone = [name for name in (*action.pins, *action.moving) if self._drop(name, code)]
        for name, requirement in action.pins.items():
            if name not in self.action.removals:
                self._pin(name, requirement)
                self._note(name, code)
        moving = [name for name in action.moving if name not in gone]
        for name in (*action.removals, *action.reinstalls, *moving):
            self._note(name, code)
        self.action.removals.update(action.removals)
        self.action.reinstalls.update(action.reinstalls)
        self.action.moving.update({name: None for name in moving if not self._pin_of_set(name)})
        self.leftovers.update(dict.fromkeys(action.leftovers, code))

    def _pin(self, name: str, requirement: str) -> None:
        if not self._pin_of_set(name):
            self.action.pins[name] = f"{name}{both}" if (both := self._with_before(name, requirement)) else requirement

    def _with_before(self, name: str, requirement: str) -> SpecifierSet | None:
        """What a requirement and the one that was planned before ask for together; None where none was."""
        before = self.action.pins.get(name)
        if before is None:
            return None
        return combine_all((Requirement(before).specifier, Requirement(requirement).specifier))

    def _excludes(self, action: Action) -> bool:
        """Whether no version is both what an action asks for and what was planned before: a person has to choose."""
        asked = [item for item in action.pins.items() if not self._version_of_set(item[0])]
        return any((both := self._with_before(*item)) is not None and not satisfiable(both) for item in asked)

    def _version_of_set(self, name: str) -> str:
        """The version that the set gives a distribution, "" where it gives it none or the user keeps its own."""
        if self.chosen is None or name in self.wishes.keep:
            return ""
        alternative = self.chosen.alternatives.get(name, "") if name in self.installed else ""
        return self.chosen.pins.get(name, alternative)

    def _pin_of_set(self, name: str) -> bool:
        version = self._version_of_set(name)
        if self.chosen is None or not version:
            return False
        item = self.installed.get(name)
        equal = item is not None and difference(self.chosen, name, version, version_of(item.version)) is None
        # 2.4.0+cu121 stays where the set says 2.4.0 and is for CUDA 12.1.
        self.action.pins[name] = f"{name}=={item.version if item and equal else version}"
        return True

    def _note(self, name: str, code: str) -> None:
        self.codes.setdefault(name, {})[code] = None

    def restore_shared(self, snapshot: Snapshot) -> None:
        """Install again what shares files with a distribution that goes: its removal deletes them."""
        for item in value_or(snapshot.get(SHARED_FILES), ()):
            gone = [name for name in item.owners if name in self.action.removals]
            for name in item.owners if gone else ():
                if name in self.installed and name not in gone:
                    self.action.reinstalls[name] = None
                    for code in self.codes.get(gone[0], ()):
                        self._note(name, code)

    def finish(self, why: str, declined: Iterable[str], unknown: tuple[str, ...]) -> Plan:
        action = self.action
        if self.chosen is not None and any(name in self.chosen.bound for name in action.pins):
            # What is bound by compiled code fits only together.
            for name in self.chosen.bound:
                if name in self.chosen.pins:
                    self._pin_of_set(name)
        removals = tuple(sorted(name for name in action.removals if name in self.installed))
        action.pins.update({name: f"{name}=={self.installed[name].version}" for name in self.wishes.keep})
        absent = {*declined, *(_deviating(self.chosen) if self.chosen else ())}
        there = {name for name in self.installed if name not in removals}
        dropped = sorted(name for name in absent if name not in action.pins and name not in there)
        return Plan(
            chosen=self.chosen,
            anew=self.anew,
            why=why,
            pins=dict(sorted((name, text) for name, text in action.pins.items() if name not in removals)),
            removals=removals,
            reinstalls=tuple(sorted(name for name in action.reinstalls if name not in removals)),
            moving=tuple(sorted(name for name in action.moving if name not in (*removals, *action.pins))),
            codes={name: tuple(found) for name, found in sorted(self.codes.items())},
            leftovers=tuple(sorted(self.leftovers.items())),
            dropped=tuple(dropped),
            steps=tuple(self.steps),
            unknown=unknown,
        )


def _deviating(row: KnownGoodSet) -> frozenset[str]:
    return frozenset(canonicalize_name(Requirement(item.requirement).name) for item in row.deviations)


def _steps(outcome: Outcome, problem: Problem) -> list[Step]:
    def step(remedy: Remedy) -> Step:
        severity = outcome.severity_of(problem).label
        return Step(
            code=outcome.code,
            subject=problem.subject,
            severity=severity,
            text=remedy.text,
            commands=remedy.commands,
        )

    return [step(remedy) for remedy in problem.remedies]
