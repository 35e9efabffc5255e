"""What a format of the fleet is given, and what all of them say in the same words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field

from doctor.core.fleet.members import NodeState
from doctor.core.fleet.report import FleetReport, Gap, Indexes
from doctor.core.frozen import frozen
from doctor.core.report import Severity, Verdict
from doctor.core.rule import Rule
from doctor.formats.look import Look
from doctor.formats.rendering import Detail
from doctor.formats.verdict import count

STATES = {
    NodeState.ANSWERED: "judged",
    NodeState.PROBE_FAILED: "probe failed",
    NodeState.NO_ANSWER: "no answer",
    NodeState.LOST: "lost",
    NodeState.MISSING: "missing",
    NodeState.UNREADABLE: "unreadable",
}
"""What is said of a node in each state."""


@frozen
class FleetRendering:
    """A report on a fleet with its rules; the other fields are as in `doctor.formats.rendering.Rendering`."""

    report: FleetReport
    fail_on: Severity
    rules: Mapping[str, Rule] = field(default_factory=dict)
    look: Look = field(default_factory=Look)
    detail: Detail = field(default_factory=Detail)

    @property
    def exit_code(self) -> int:
        """What the process ends with."""
        return self.report.exit_code(self.fail_on)


@frozen
class Counts:
    """Counts of findings by severity, of rules by verdict, and of nodes by whether they were judged in full."""

    errors: int
    warnings: int
    infos: int
    healthy: int
    problem: int
    undetermined: int
    not_applicable: int
    judged: int
    silent: int


def counts_of(report: FleetReport) -> Counts:
    """Count what a report says; a rule is counted once."""
    severities = [outcome.severity_of(finding) for outcome, finding in report.findings()]
    verdicts = [outcome.verdict for outcome in report.outcomes]
    return Counts(
        errors=severities.count(Severity.ERROR),
        warnings=severities.count(Severity.WARNING),
        infos=severities.count(Severity.INFO),
        healthy=verdicts.count(Verdict.HEALTHY),
        problem=verdicts.count(Verdict.PROBLEM),
        undetermined=verdicts.count(Verdict.UNKNOWN),
        not_applicable=verdicts.count(Verdict.NOT_APPLICABLE),
        judged=report.answered,
        silent=len(report.nodes) - report.answered,
    )


def describe_nodes(report: FleetReport) -> str:
    """How many nodes are in which state: ``40 nodes: 38 judged, 2 missing``."""
    found = [f"{number} {word}" for state, word in STATES.items() if (number := report.count(state))]
    return f"{count(len(report.nodes), 'node')}: {', '.join(found) or 'none judged'}"


def judge_words(report: FleetReport) -> tuple[str, str]:
    """The kind of a verdict (``error``, ``warning``, ``undetermined``, ``healthy``) and its sentence."""
    counts = counts_of(report)
    named = ((counts.errors, "error"), (counts.warnings, "warning"), (counts.infos, "note"))
    words = [count(number, noun) for number, noun in named if number]
    found = " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
    open_rules = sum(outcome.undetermined for outcome in report.outcomes)
    lacking = [count(counts.silent, "node") + " not judged"] if counts.silent else []
    lacking += [count(open_rules, "rule") + " not judged on all nodes"] if open_rules else []
    beside = f"; {' and '.join(lacking)}" if lacking else ""
    if counts.errors:
        return "error", f"This fleet is broken: {found}{beside}"
    if counts.warnings:
        return "warning", f"No error, but {found}{beside}"
    if lacking:
        said = f"Nothing wrong was found{f' ({found})' if found else ''}"
        return "undetermined", f"{said}, but {' and '.join(lacking)}: that is not the same as healthy"
    if not counts.healthy and not counts.problem:
        return "undetermined", "Nothing could be judged"
    nodes = "The node is" if counts.judged == 1 else f"All {counts.judged} nodes are"
    return "healthy", f"{nodes} healthy" + (f", with {found}" if found else "")


def gaps_of(report: FleetReport) -> Iterator[tuple[Gap, tuple[str, ...]]]:
    """What could not be judged, each reason once, with the rules that it keeps from judging; the widest first."""
    found: dict[tuple[str, Indexes], list[str]] = {}
    for outcome in report.outcomes:
        for gap in outcome.gaps:
            found.setdefault((gap.reason, gap.nodes), []).append(outcome.code)
    for (reason, nodes), codes in sorted(found.items(), key=lambda item: (-len(item[0][1]), item[0][0])):
        yield Gap(reason=reason, nodes=nodes), tuple(dict.fromkeys(codes))


NAMES = 120
"""Characters of the names of nodes where a person reads; JSON has them all."""


def who(report: FleetReport, nodes: Indexes) -> str:
    """Nodes in a few words: their names, and how many of the judged ones they are where that is many."""
    if not nodes:
        return "the fleet as a whole"
    if len(nodes) == len(report.nodes) > 1:
        return "both nodes" if len(nodes) == 2 else f"all {len(nodes)} nodes"
    names = report.names(nodes, NAMES)
    return names if len(nodes) <= 2 else f"{len(nodes)} of {len(report.nodes)} nodes: {names}"
