"""What is concluded of a fleet: findings with the nodes that they are about, and what could not be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from doctor.core.fleet.members import Expectation, Node, NodeState
from doctor.core.fleet.nodeset import brief, fold
from doctor.core.fleet.trait import Reading
from doctor.core.frozen import frozen
from doctor.core.report import TOPIC_ORDER, Cause, Problem, Severity, Verdict, precedence

Indexes = tuple[int, ...]
"""Places in `FleetReport.nodes`, ascending."""


@frozen
class Share:
    """Nodes that have one value in common, or of which one sentence is true."""

    text: str
    nodes: Indexes


@frozen
class Finding:
    """One problem and its nodes: those to be mended, or all that differ where none is known to be right.

    `shares` says who has what, the largest share first; with a rule of single nodes it holds the
    sentences that differ between nodes in numbers only.
    """

    problem: Problem
    nodes: Indexes
    shares: tuple[Share, ...] = ()


@frozen
class Gap:
    """What could not be judged, and on which nodes; on none where it is about the fleet as a whole."""

    reason: str
    nodes: Indexes


@frozen
class FleetOutcome:
    """What one rule concluded over all nodes.

    `judged` counts the nodes on which it was judged, healthy or not. `reasons` says why it was not
    applicable where that was so everywhere.
    """

    code: str
    name: str
    topic: str
    title: str
    severity: Severity
    cause: Cause
    judged: int
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The rule as a whole: a gap on one node of a thousand is enough for unknown."""
        if self.findings:
            return Verdict.PROBLEM
        if self.gaps:
            return Verdict.UNKNOWN
        return Verdict.HEALTHY if self.judged else Verdict.NOT_APPLICABLE

    @property
    def undetermined(self) -> bool:
        """Whether something that it had to judge could not be judged on some node."""
        return bool(self.gaps)

    def severity_of(self, finding: Finding) -> Severity:
        """The severity of one of its findings."""
        return finding.problem.severity or self.severity

    def cause_of(self, finding: Finding) -> Cause:
        """The cause of one of its findings."""
        return finding.problem.cause or self.cause


@frozen
class FleetReport:
    """The verdict on a fleet.

    `readings` maps the names of traits to the distinct readings and their nodes; it is what the heat map
    and the differences between two nodes are drawn from. `reference` names what every node was to have.
    """

    nodes: tuple[Node, ...]
    outcomes: tuple[FleetOutcome, ...]
    judged_at: str
    doctor_version: str
    matrix_version: str
    expectation: Expectation = field(default_factory=Expectation)
    reference: str = ""
    not_selected: tuple[str, ...] = ()
    readings: Mapping[str, Mapping[Reading, Indexes]] = field(default_factory=dict)
    schema_version: int = 1

    def findings(self) -> list[tuple[FleetOutcome, Finding]]:
        """All findings: the gravest first, then by topic, what brings other faults, and the widest."""
        pairs = [(outcome, finding) for outcome in self.outcomes for finding in outcome.findings]
        return sorted(pairs, key=lambda pair: _rank(*pair))

    def names(self, indexes: Indexes, width: int = 0) -> str:
        """Nodes in one line: ``node[1-3,7]``; with a `width` of a long list only the first."""
        names = [self.nodes[index].name for index in indexes]
        return brief(names, width) if width else fold(names)

    def count(self, *states: NodeState) -> int:
        """How many nodes are in one of these states."""
        return sum(node.state in states for node in self.nodes)

    @property
    def answered(self) -> int:
        """How many nodes sent a snapshot."""
        return self.count(NodeState.ANSWERED)

    @property
    def complete(self) -> bool:
        """Whether every node of which something is known was judged, and there was one."""
        return 0 < self.answered == len(self.nodes)

    def verdict(self) -> Verdict:
        """The fleet as a whole; one of which a node was not judged is never healthy."""
        if any(outcome.findings for outcome in self.outcomes):
            return Verdict.PROBLEM
        if not self.complete or any(outcome.undetermined for outcome in self.outcomes):
            return Verdict.UNKNOWN
        judged = any(outcome.verdict is Verdict.HEALTHY for outcome in self.outcomes)
        return Verdict.HEALTHY if judged else Verdict.UNKNOWN

    def exit_code(self, fail_on: Severity) -> int:
        """0 healthy, 1 a finding at or above `fail_on`, 3 something undetermined or some node not judged."""
        if any(outcome.severity_of(finding) >= fail_on for outcome, finding in self.findings()):
            return 1
        judged = any(outcome.verdict in (Verdict.HEALTHY, Verdict.PROBLEM) for outcome in self.outcomes)
        if not judged or not self.complete or any(outcome.undetermined for outcome in self.outcomes):
            return 3
        return 0


REPORTS = ("FLT001", "FLT002", "FLT003")
"""Rules of the reports themselves: what is not there comes before what differs."""


def _rank(outcome: FleetOutcome, finding: Finding) -> tuple[int, bool, int, int, int, str]:
    topic = TOPIC_ORDER.index(outcome.topic) if outcome.topic in TOPIC_ORDER else len(TOPIC_ORDER)
    return (
        -outcome.severity_of(finding),
        outcome.code not in REPORTS,
        topic,
        precedence(outcome.cause, finding.problem.cause) if outcome.topic != "FLT" else 0,
        -len(finding.nodes),
        outcome.code,
    )
