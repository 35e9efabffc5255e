"""Judging each node by the rules of single environments, and keeping count instead of reports.

An outcome is a function of the facts that its rule reads, so it is computed once for each combination
of their digests: ten thousand nodes that are alike cost little more than one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from doctor.core.fact import Fact
from doctor.core.fleet.report import FleetOutcome, Gap
from doctor.core.matrix import Matrix
from doctor.core.packages.extension import TORCH_BUILD, TorchBuild
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
class Kept:
    """What rules concluded of facts, and the nodes that have these facts."""

    outcomes: list[Outcome]
    nodes: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Count:
    """What one rule concluded of the nodes so far."""

    judged: int = 0
    problems: dict[Problem, list[int]] = field(default_factory=dict)
    gaps: dict[str, list[int]] = field(default_factory=dict)
    reasons: dict[str, None] = field(default_factory=dict)

    def add(self, nodes: list[int], outcome: Outcome) -> None:
        """Count the outcome of nodes that are alike in all that the rule reads."""
        if outcome.verdict in (Verdict.HEALTHY, Verdict.PROBLEM):
            self.judged += len(nodes)
        for problem in outcome.problems:
            self.problems.setdefault(problem, []).extend(nodes)
        if outcome.undetermined:
            for reason in outcome.reasons or ("it could not be judged",):
                self.gaps.setdefault(reason, []).extend(nodes)
        elif outcome.verdict is Verdict.NOT_APPLICABLE:
            self.reasons.update(dict.fromkeys(outcome.reasons))


class Tally:
    """The rules of single environments, applied to one node after another."""

    def __init__(self, rules: Iterable[Rule], matrix: Matrix) -> None:
        self._matrix = matrix
        self._rules = tuple(rules)
        self._counts = {rule.code: Count() for rule in self._rules}
        self._groups: dict[tuple[str, ...], list[Rule]] = {}
        for rule in self._rules:
            self._groups.setdefault(tuple(sorted(key.name for key in rule.reads)), []).append(rule)
        self._builds: dict[bytes, Fact[TorchBuild]] = {}
        self._kept: dict[tuple[str, ...], dict[Digests, Kept]] = {names: {} for names in self._groups}

    def add(self, index: int, report: NodeReport, exempt: frozenset[str] = frozenset()) -> None:
        """Judge one node; a rule that reads one of the `exempt` facts is not applicable to it."""
        digests = {**report.digests, TORCH_BUILD.name: self._completed(report)}
        completed: Snapshot | None = None
        for names, rules in self._groups.items():
            if not exempt.isdisjoint(names):
                self._excuse(rules)
                continue
            key = tuple(map(digests.get, names))
            kept = self._kept[names].get(key)
            if kept is None:
                completed = completed or self._complete(report.snapshot, digests[TORCH_BUILD.name])
                kept = Kept(outcomes=[apply(rule, completed, self._matrix) for rule in rules])
                self._keep(names, key, kept)
            kept.nodes.append(index)

    def _completed(self, report: NodeReport) -> bytes:
        """The digest of the build of torch as the matrix completes it from other facts."""
        return b"".join(report.digests.get(key.name, b"-" * 16) for key in COMPLETED_FROM)

    def _complete(self, snapshot: Snapshot, digest: bytes) -> Snapshot:
        """The snapshot with what the matrix knows of its torch, which is looked up once for all that have it."""
        if digest not in self._builds:
            if len(self._builds) >= KEPT:
                self._builds.clear()
            self._builds[digest] = complete(snapshot, self._matrix).get(TORCH_BUILD)
        return snapshot.replace(TORCH_BUILD, self._builds[digest])

    def _excuse(self, rules: list[Rule]) -> None:
        for rule in rules:
            self._counts[rule.code].reasons["the node's role needs no GPU"] = None

    def _keep(self, names: tuple[str, ...], key: Digests, kept: Kept) -> None:
        """Keep outcomes for the nodes to come; what is pushed out is counted."""
        known = self._kept[names]
        if len(known) >= KEPT:
            self._count(known.pop(next(iter(known))))
        known[key] = kept

    def _count(self, kept: Kept) -> None:
        for outcome in kept.outcomes:
            self._counts[outcome.code].add(kept.nodes, outcome)

    def outcomes(self) -> tuple[FleetOutcome, ...]:
        """What each rule concluded of the nodes that were added."""
        for known in self._kept.values():
            while known:
                self._count(known.pop(next(iter(known))))
        return tuple(_outcome(rule, self._counts[rule.code]) for rule in self._rules)


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
        gaps=tuple(Gap(reason=reason, nodes=tuple(sorted(nodes))) for reason, nodes in count.gaps.items()),
        reasons=tuple(count.reasons) if not count.judged else (),
    )
