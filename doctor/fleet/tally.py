"""Judging each node by the rules of single environments, and keeping count instead of reports.

An outcome is a function of the facts that its rule reads, so it is computed once for each combination
of their digests: ten thousand nodes that are alike cost little more than one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from doctor.core.extension import TORCH_BUILD
from doctor.core.fleet_report import FleetOutcome, Gap
from doctor.core.matrix import Matrix
from doctor.core.report import Outcome, Problem, Verdict
from doctor.core.rule import Rule
from doctor.core.snapshot import Snapshot
from doctor.engine.complete import READ as COMPLETED_FROM
from doctor.engine.complete import complete
from doctor.engine.judge import apply
from doctor.fleet.group import group
from doctor.fleet.node_report import NodeReport

KEPT = 512
"""Combinations of facts whose outcomes are kept, for each set of facts that rules read."""

Digests = tuple[bytes | None, ...]


@dataclass(slots=True)
class Count:
    """What one rule concluded of the nodes so far."""

    judged: int = 0
    problems: dict[Problem, list[int]] = field(default_factory=dict)
    gaps: dict[str, list[int]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, node: int, outcome: Outcome) -> None:
        """Count the outcome of one node."""
        self.judged += outcome.verdict in (Verdict.HEALTHY, Verdict.PROBLEM)
        for problem in outcome.problems:
            self.problems.setdefault(problem, []).append(node)
        if outcome.undetermined:
            for reason in outcome.reasons or ("it could not be judged",):
                self.gaps.setdefault(reason, []).append(node)
        elif outcome.verdict is Verdict.NOT_APPLICABLE:
            self.reasons.update(outcome.reasons)


class Tally:
    """The rules of single environments, applied to one node after another."""

    def __init__(self, rules: Iterable[Rule], matrix: Matrix) -> None:
        self._matrix = matrix
        self._rules = tuple(rules)
        self._counts = {rule.code: Count() for rule in self._rules}
        self._groups: dict[tuple[str, ...], list[Rule]] = {}
        for rule in self._rules:
            self._groups.setdefault(tuple(sorted(key.name for key in rule.reads)), []).append(rule)
        self._known: dict[tuple[str, ...], dict[Digests, list[Outcome]]] = {names: {} for names in self._groups}

    def add(self, index: int, report: NodeReport, exempt: frozenset[str] = frozenset()) -> None:
        """Judge one node; a rule that reads one of the `exempt` facts is not applicable to it."""
        digests = {**report.digests, TORCH_BUILD.name: self._completed(report)}
        completed: Snapshot | None = None
        for names, rules in self._groups.items():
            if not exempt.isdisjoint(names):
                for rule in rules:
                    self._counts[rule.code].reasons["the node's role needs no GPU"] += 1
                continue
            key = tuple(digests.get(name) for name in names)
            outcomes = self._known[names].get(key)
            if outcomes is None:
                completed = completed or complete(report.snapshot, self._matrix)
                outcomes = [apply(rule, completed, self._matrix) for rule in rules]
                _keep(self._known[names], key, outcomes)
            for outcome in outcomes:
                self._counts[outcome.code].add(index, outcome)

    def _completed(self, report: NodeReport) -> bytes:
        """The digest of the build of torch as the matrix completes it from other facts."""
        return b"".join(report.digests.get(key.name, b"-" * 16) for key in COMPLETED_FROM)

    def outcomes(self) -> tuple[FleetOutcome, ...]:
        """What each rule concluded of the nodes that were added."""
        return tuple(_outcome(rule, self._counts[rule.code]) for rule in self._rules)


def _keep(known: dict[Digests, list[Outcome]], key: Digests, outcomes: list[Outcome]) -> None:
    if len(known) >= KEPT:
        del known[next(iter(known))]
    known[key] = outcomes


def _outcome(rule: Rule, count: Count) -> FleetOutcome:
    return FleetOutcome(
        code=rule.code,
        name=rule.name,
        topic=rule.topic,
        title=rule.title,
        severity=rule.severity,
        cause=rule.cause,
        judged=count.judged,
        findings=group(count.problems),
        gaps=tuple(Gap(reason=reason, nodes=tuple(nodes)) for reason, nodes in count.gaps.items()),
        reasons=tuple(count.reasons) if not count.judged else (),
    )
