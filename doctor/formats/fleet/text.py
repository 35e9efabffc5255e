"""The report on a fleet for people: what is wrong on which nodes, and what could not be judged."""

from __future__ import annotations

from doctor.core.fleet.report import Finding, FleetOutcome, FleetReport, Indexes
from doctor.core.frozen import frozen
from doctor.core.report import Remedy, Severity, Verdict
from doctor.formats.clean import quote
from doctor.formats.fleet.overview import common
from doctor.formats.fleet.rendering import (
    NAMES,
    FleetRendering,
    counts_of,
    describe_nodes,
    gaps_of,
    judge_words,
    who,
)
from doctor.formats.page import Page
from doctor.formats.rendering import Detail
from doctor.formats.topics import MARKS, STYLES, title_of

SHARES = 4
"""Values of one finding that are shown; -v shows them all."""

FINDINGS = 5
"""Findings with one remedy for the same nodes that are shown; -v shows them all."""

GAPS = 8
"""Reasons for which something was not judged that are shown; -v shows them all."""

_KINDS = {
    "error": (("✗", "x"), "bold red"),
    "warning": (("!", "!"), "bold yellow"),
    "undetermined": (("?", "?"), "bold magenta"),
    "healthy": (("✓", "+"), "bold green"),
}


@frozen
class _Group:
    """Findings of one rule on the same nodes that one and the same remedy mends."""

    outcome: FleetOutcome
    findings: list[Finding]


def render(rendering: FleetRendering) -> str:
    """Write a report on a fleet as text."""
    report, detail, page = rendering.report, rendering.detail, Page(rendering.look)
    if not detail.quiet:
        _write_head(page, report)
    least = _least_shown(report, detail)
    for topic, groups in _by_topic(report, least):
        page.line((title_of(topic), "bold"))
        for group in groups:
            _write_group(page, report, group, detail)
            page.blank()
    _write_left_out(page, report, least)
    if not detail.quiet:
        _write_gaps(page, report, detail)
    if detail.verbose:
        _write_rest(page, report)
    _write_summary(page, report)
    return page.text()


def _write_head(page: Page, report: FleetReport) -> None:
    page.line(("doctor fleet", "bold"), (f"  {describe_nodes(report)}", "dim"))
    roles: dict[str, list[int]] = {}
    for index, node in enumerate(report.nodes):
        roles.setdefault(node.role, []).append(index)
    if len(roles) > 1:
        page.items("Roles", [f"{role}: {report.names(tuple(nodes), NAMES)}" for role, nodes in roles.items()])
    for label, items in common(report):
        page.items(label, items)
    if report.reference:
        page.items("Against", [report.reference])
    page.blank()


def _least_shown(report: FleetReport, detail: Detail) -> Severity:
    broken = any(outcome.severity_of(finding) is Severity.ERROR for outcome, finding in report.findings())
    return Severity.WARNING if broken and not detail.verbose else Severity.INFO


def _by_topic(report: FleetReport, least: Severity) -> list[tuple[str, list[_Group]]]:
    """The groups of each topic; topics and groups stand in the order of their first findings."""
    groups: dict[tuple[str, Indexes, tuple[Remedy, ...]], _Group] = {}
    topics: dict[str, list[_Group]] = {}
    for outcome, finding in report.findings():
        if outcome.severity_of(finding) < least:
            continue
        key = (outcome.code, finding.nodes, finding.problem.remedies)
        if key not in groups:
            groups[key] = _Group(outcome=outcome, findings=[])
            topics.setdefault(outcome.topic, []).append(groups[key])
        groups[key].findings.append(finding)
    return list(topics.items())


def _write_group(page: Page, report: FleetReport, group: _Group, detail: Detail) -> None:
    outcome, first = group.outcome, group.findings[0]
    severity = outcome.severity_of(first)
    subjects = list(dict.fromkeys(finding.problem.subject for finding in group.findings))
    more = f" and {len(subjects) - FINDINGS} more" if len(subjects) > FINDINGS else ""
    page.line(
        (f"{page.look.mark(*MARKS[severity])} {outcome.code}", STYLES[severity]),
        " ",
        (", ".join(subjects[:FINDINGS]) + more, "bold"),
        (f"  ({outcome.name}; {who(report, first.nodes)})", "dim"),
        indent=2,
        hang=2,
    )
    shown = group.findings if detail.verbose else group.findings[:FINDINGS]
    for finding in shown:
        lead = "- " if len(group.findings) > 1 else ""
        page.line(lead, finding.problem.message, indent=4, hang=len(lead))
        _write_shares(page, report, finding, detail)
    if len(shown) < len(group.findings):
        page.line((f"... and {len(group.findings) - len(shown)} more; -v shows them all", "dim"), indent=4)
    for number, remedy in enumerate(first.problem.remedies):
        page.line(("or: " if number else "fix: ", "bold"), remedy.text, indent=4, hang=5)
        for command in remedy.commands:
            page.verbatim(quote(command), "cyan", indent=9)


def _write_shares(page: Page, report: FleetReport, finding: Finding, detail: Detail) -> None:
    """Who has what, as far as the message has not said it."""
    untold = [share for share in finding.shares if detail.verbose or share.text not in finding.problem.message]
    shown = untold if detail.verbose else untold[:SHARES]
    for share in shown:
        names = (f"  {report.names(share.nodes, 0 if detail.verbose else NAMES)}", "dim")
        page.line((f"{len(share.nodes):>6}  ", "dim"), share.text, names, indent=4, hang=8)
    if len(shown) < len(untold):
        page.line((f"... and {len(untold) - len(shown)} more values; -v shows them all", "dim"), indent=12)


def _write_left_out(page: Page, report: FleetReport, least: Severity) -> None:
    number = sum(outcome.severity_of(finding) < least for outcome, finding in report.findings())
    if number:
        what = "1 note is" if number == 1 else f"{number} notes are"
        page.line((f"{what} left out; -v shows {'it' if number == 1 else 'them'}", "dim"))
        page.blank()


def _write_gaps(page: Page, report: FleetReport, detail: Detail) -> None:
    gaps = list(gaps_of(report))
    if not gaps:
        return
    page.line(("Could not be determined", "bold"))
    for gap, codes in gaps if detail.verbose else gaps[:GAPS]:
        named = ", ".join(codes[:6]) + (f" and {len(codes) - 6} more" if len(codes) > 6 else "")
        page.line(
            (f"{page.look.mark('?', '?')} {who(report, gap.nodes)}", "bold magenta"),
            f": {gap.reason}",
            (f"  ({named})", "dim"),
            indent=2,
            hang=2,
        )
    if len(gaps) > GAPS and not detail.verbose:
        page.line((f"... and {len(gaps) - GAPS} more reasons; -v shows them all", "dim"), indent=2)
    page.blank()


def _write_rest(page: Page, report: FleetReport) -> None:
    for verdict, heading in ((Verdict.HEALTHY, "Healthy"), (Verdict.NOT_APPLICABLE, "Not applicable")):
        chosen = [outcome for outcome in report.outcomes if outcome.verdict is verdict]
        if chosen:
            page.line((heading, "bold"))
            for outcome in chosen:
                why = f"  ({'; '.join(outcome.reasons[:2])})" if outcome.reasons else ""
                page.line(f"{outcome.code} {outcome.title}", (why, "dim"), indent=2, hang=2)
            page.blank()


def _write_summary(page: Page, report: FleetReport) -> None:
    counts = counts_of(report)
    page.line((describe_nodes(report)[0].upper() + describe_nodes(report)[1:], "dim"))
    rules = (
        f"Rules: {counts.healthy} healthy, {counts.problem} with problems, {counts.undetermined} undetermined, "
        f"{counts.not_applicable} not applicable"
    )
    if report.not_selected:
        rules += f", {len(report.not_selected)} not selected"
    page.line((rules, "dim"), hang=2)
    kind, sentence = judge_words(report)
    mark, style = _KINDS[kind]
    page.line((f"{page.look.mark(*mark)} {sentence}", style), hang=2)
    findings = report.findings()
    if findings:
        first = findings[0][0].code
        page.line(f"Start with {first} above; `doctor explain {first}` says why it matters.", indent=2)
    elif kind == "undetermined":
        page.line("See above what is missing; once it can be read, take the snapshots again.", indent=2)
