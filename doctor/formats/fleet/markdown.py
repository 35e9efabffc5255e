"""Markdown of a fleet for an issue, a pull request or a job's summary: findings first, the nodes in a fold."""

from __future__ import annotations

from collections.abc import Sequence

from doctor.core.fleet.report import Finding, FleetOutcome, FleetReport
from doctor.formats.clean import quote
from doctor.formats.fleet.overview import common
from doctor.formats.fleet.rendering import NAMES, STATES, FleetRendering, describe_nodes, gaps_of, judge_words, who
from doctor.formats.markdown import MARKS, code_block, plain
from doctor.formats.topics import title_of

VALUES = 20
"""Rows of a table of values; a summary of a job may have one MiB."""


def render(rendering: FleetRendering) -> str:
    """Write a report on a fleet in GitHub's Markdown; nothing of the nodes' text is taken for markup."""
    report = rendering.report
    parts = [f"### doctor fleet: {plain(judge_words(report)[1])}", plain(describe_nodes(report))]
    topic = ""
    for outcome, finding in report.findings():
        if outcome.topic != topic:
            topic = outcome.topic
            parts.append(f"#### {title_of(topic)}")
        parts.append(_finding(report, outcome, finding))
    gaps = list(gaps_of(report))
    if gaps:
        items = [
            f"- **{plain(who(report, gap.nodes))}** {plain(gap.reason)} ({', '.join(codes)})" for gap, codes in gaps
        ]
        parts += ["#### Could not be determined", "\n".join(items)]
    parts += [_fold("What most nodes have", _common(report)), _fold("Nodes that were not judged", _silent(report))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _finding(report: FleetReport, outcome: FleetOutcome, finding: Finding) -> str:
    severity = outcome.severity_of(finding)
    where = plain(who(report, finding.nodes))
    lines = [
        f"{MARKS[severity]} **{outcome.code} {plain(finding.problem.subject)}** ({severity.label}; {where})",
        "",
        plain(finding.problem.message),
    ]
    if len(finding.shares) > 1:
        rows = [
            (str(len(share.nodes)), plain(share.text), plain(report.names(share.nodes, NAMES)))
            for share in finding.shares[:VALUES]
        ]
        lines += ["", *_table(("Nodes", "Value", "Which"), rows)]
    for remedy in finding.problem.remedies:
        lines += ["", f"To fix it: {plain(remedy.text)}"]
        if remedy.commands:
            lines += ["", *code_block([quote(command) for command in remedy.commands], "sh")]
    return "\n".join(lines)


def _common(report: FleetReport) -> list[str]:
    rows = [("doctor", f"{report.doctor_version}, matrix {report.matrix_version}")]
    rows += [(label, ", ".join(items)) for label, items in common(report)]
    return _table(("", ""), [(plain(label), plain(text)) for label, text in rows])


def _silent(report: FleetReport) -> list[str]:
    rows = [(plain(node.name), STATES[node.state], plain(node.detail)) for node in report.nodes if not node.answered]
    return _table(("Node", "State", "Why"), rows) if rows else []


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    return [_row(head), _row(("---",) * len(head)), *(_row(row) for row in rows)]


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _fold(title: str, lines: list[str]) -> str:
    return "\n".join([f"<details><summary>{title}</summary>", "", *lines, "", "</details>"]) if lines else ""
