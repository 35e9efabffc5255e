"""The verdict on a fleet as programs read it: types of their own, apart from the internal ones.

A field may be added; what a field means, its name or its type changes only with a new `SCHEMA_VERSION`.
The JSON Schema beside `doctor.formats.wire` is made from these types.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from doctor.core.fleet import report as internal
from doctor.core.fleet.members import Node as InternalNode
from doctor.core.fleet.trait import Cell
from doctor.core.report import Severity, Verdict
from doctor.formats.fleet.overview import Item, items_of
from doctor.formats.fleet.rendering import FleetRendering, counts_of
from doctor.formats.wire import JUDGEMENTS, LEVELS, Judgement, Level, Remedy, remedy_of

SCHEMA_VERSION = 1

State = Literal["answered", "probe-failed", "no-answer", "lost", "missing", "unreadable"]


class Node(Struct, frozen=True, kw_only=True):
    """One node: the name that other entries call it by, what became of its report, and what it calls itself.

    `verdict` is *problem* where a finding names it, *undetermined* where something of it could not be judged or it
    did not answer.
    """

    name: str
    state: State
    role: str
    host: str
    address: str
    origin: str
    detail: str
    taken_at: str
    doctor_version: str
    verdict: Literal["healthy", "problem", "undetermined"]


class Value(Struct, frozen=True, kw_only=True):
    """Nodes that have one value in common."""

    text: str
    nodes: list[str]


class Finding(Struct, frozen=True, kw_only=True):
    """One problem and the nodes to be mended: `node_set` writes them in one line (``node[1-3,7]``).

    No nodes are named where it is about the fleet as a whole. `values` says who has what.
    """

    subject: str
    message: str
    severity: Level
    cause: str
    nodes: list[str]
    node_set: str
    values: list[Value]
    remedies: list[Remedy]


class Gap(Struct, frozen=True, kw_only=True):
    """What could not be judged, and on which nodes."""

    reason: str
    nodes: list[str]


class Outcome(Struct, frozen=True, kw_only=True):
    """What one rule concluded over all nodes; `judged` counts those on which it could be judged."""

    code: str
    name: str
    topic: str
    title: str
    severity: Level
    verdict: Judgement
    undetermined: bool
    judged: int
    findings: list[Finding]
    gaps: list[Gap]
    reasons: list[str]


class CellValue(Struct, frozen=True, kw_only=True):
    """What nodes have of one item; `text` says why where the state is not known."""

    state: Literal["known", "absent", "unknown"]
    text: str
    nodes: list[str]


class Difference(Struct, frozen=True, kw_only=True):
    """An item in which nodes differ, found by whatever rule or by none; the largest share comes first."""

    trait: str
    item: str
    values: list[CellValue]


class Summary(Struct, frozen=True, kw_only=True):
    """Counts: of nodes, of findings by severity, and of rules by what they concluded."""

    nodes: int
    judged: int
    not_judged: int
    errors: int
    warnings: int
    infos: int
    healthy: int
    problem: int
    undetermined: int
    not_applicable: int
    not_selected: int


class Expected(Struct, frozen=True, kw_only=True):
    """What was to report: names, or a number; null where nobody said."""

    names: list[str]
    count: int | None


class FleetReport(Struct, frozen=True, kw_only=True):
    """What `doctor fleet check --format json` writes."""

    schema_version: int
    doctor_version: str
    matrix_version: str
    judged_at: str
    verdict: Judgement
    fail_on: Level
    exit_code: int
    expected: Expected
    reference: str
    summary: Summary
    nodes: list[Node]
    outcomes: list[Outcome]
    differences: list[Difference]
    not_selected: list[str]


def fleet_report_of(rendering: FleetRendering) -> FleetReport:
    """Turn a report on a fleet into its wire form."""
    report = rendering.report
    names = [node.name for node in report.nodes]
    return FleetReport(
        schema_version=SCHEMA_VERSION,
        doctor_version=report.doctor_version,
        matrix_version=report.matrix_version,
        judged_at=report.judged_at,
        verdict=JUDGEMENTS[report.verdict()],
        fail_on=LEVELS[rendering.fail_on],
        exit_code=rendering.exit_code,
        expected=Expected(names=list(report.expectation.names), count=report.expectation.count),
        reference=report.reference,
        summary=_summary(report),
        nodes=_nodes(report),
        outcomes=[_outcome(report, outcome, names) for outcome in report.outcomes],
        differences=[_difference(item, names) for item in items_of(report) if item.differs],
        not_selected=list(report.not_selected),
    )


def _summary(report: internal.FleetReport) -> Summary:
    counts = counts_of(report)
    return Summary(
        nodes=len(report.nodes),
        judged=counts.judged,
        not_judged=counts.silent,
        errors=counts.errors,
        warnings=counts.warnings,
        infos=counts.infos,
        healthy=counts.healthy,
        problem=counts.problem,
        undetermined=counts.undetermined,
        not_applicable=counts.not_applicable,
        not_selected=len(report.not_selected),
    )


def _nodes(report: internal.FleetReport) -> list[Node]:
    wrong = {
        index
        for outcome, finding in report.findings()
        if outcome.severity_of(finding) >= Severity.WARNING
        for index in finding.nodes
    }
    open_ = {index for outcome in report.outcomes for gap in outcome.gaps for index in gap.nodes}
    return [_node(node, index in wrong, index in open_) for index, node in enumerate(report.nodes)]


def _node(node: InternalNode, wrong: bool, open_: bool) -> Node:
    return Node(
        name=node.name,
        state=node.state.value,
        role=node.role,
        host=node.host,
        address=node.address,
        origin=node.origin,
        detail=node.detail,
        taken_at=node.taken_at,
        doctor_version=node.doctor_version,
        verdict="problem" if wrong else "undetermined" if open_ or not node.answered else "healthy",
    )


def _outcome(report: internal.FleetReport, outcome: internal.FleetOutcome, names: list[str]) -> Outcome:
    return Outcome(
        code=outcome.code,
        name=outcome.name,
        topic=outcome.topic,
        title=outcome.title,
        severity=LEVELS[outcome.severity],
        verdict=JUDGEMENTS[outcome.verdict],
        undetermined=outcome.undetermined or outcome.verdict is Verdict.UNKNOWN,
        judged=outcome.judged,
        findings=[_finding(report, outcome, finding, names) for finding in outcome.findings],
        gaps=[Gap(reason=gap.reason, nodes=[names[index] for index in gap.nodes]) for gap in outcome.gaps],
        reasons=list(outcome.reasons),
    )


def _finding(
    report: internal.FleetReport, outcome: internal.FleetOutcome, finding: internal.Finding, names: list[str]
) -> Finding:
    return Finding(
        subject=finding.problem.subject,
        message=finding.problem.message,
        severity=LEVELS[outcome.severity_of(finding)],
        cause=outcome.cause_of(finding).value,
        nodes=[names[index] for index in finding.nodes],
        node_set=report.names(finding.nodes),
        values=[Value(text=share.text, nodes=[names[index] for index in share.nodes]) for share in finding.shares],
        remedies=[remedy_of(remedy) for remedy in finding.problem.remedies],
    )


def _difference(item: Item, names: list[str]) -> Difference:
    return Difference(
        trait=item.trait, item=item.name, values=[_value(cell, nodes, names) for cell, nodes in item.shares]
    )


def _value(cell: Cell, nodes: internal.Indexes, names: list[str]) -> CellValue:
    return CellValue(state=cell.state, text=cell.text, nodes=[names[index] for index in nodes])
