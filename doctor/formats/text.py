"""The report for people: what is wrong, how to fix it, and what could not be judged."""

from __future__ import annotations

from collections import Counter

from doctor.core.frozen import frozen
from doctor.core.report import Correction, Evidence, Outcome, Problem, Remedy, Report, Severity, Verdict
from doctor.formats.clean import quote
from doctor.formats.correction import lead_of
from doctor.formats.gaps import ELSEWHERE, UNSTATED, Gaps, gaps_of
from doctor.formats.head import write_head
from doctor.formats.page import Page
from doctor.formats.rendering import Detail, Rendering
from doctor.formats.summary import write_summary
from doctor.formats.topics import MARKS, STYLES, title_of

SHOWN = 5
"""Problems of one rule with one remedy that are shown before the rest is counted only."""

GROUPS = 10
"""Remedies of one rule that are shown before the rest is counted only."""


@frozen
class _Group:
    """Problems of one rule that one and the same remedy mends."""

    outcome: Outcome
    problems: list[Problem]


def render(rendering: Rendering) -> str:
    """Write a report as text."""
    report, detail, page = rendering.report, rendering.detail, Page(rendering.look)
    if not detail.quiet:
        write_head(page, report, rendering.stack, rendering.why)
    least = _least_shown(report, detail)
    topics = _by_topic(report, least)
    for topic, groups in topics:
        page.line((title_of(topic), "bold"))
        _write_groups(page, groups, detail)
        page.blank()
    _write_left_out(page, report, least)
    if rendering.correction is not None:
        _write_correction(page, rendering.correction)
    if not detail.quiet:
        _write_undetermined(page, report, detail.verbose)
    if detail.verbose:
        _write_rest(page, report, Verdict.HEALTHY, "Healthy", ("✓", "+"), "green")
        _write_rest(page, report, Verdict.NOT_APPLICABLE, "Not applicable", ("-", "-"), "dim")
    first = topics[0][1][0].outcome.code if topics else ""
    write_summary(page, report, rendering.stack, first)
    return page.text()


def _write_correction(page: Page, correction: Correction) -> None:
    page.line((f"{lead_of(correction)}:", "bold"))
    page.verbatim(quote(correction.words), "cyan", indent=2)
    page.blank()


def _least_shown(report: Report, detail: Detail) -> Severity:
    """Beside an error, notes are noise: they are counted, and shown on demand."""
    broken = any(outcome.severity_of(problem) is Severity.ERROR for outcome, problem in report.problems())
    return Severity.WARNING if broken and not detail.verbose else Severity.INFO


def _write_left_out(page: Page, report: Report, least: Severity) -> None:
    count = sum(outcome.severity_of(problem) < least for outcome, problem in report.problems())
    if count:
        what = "1 note is" if count == 1 else f"{count} notes are"
        page.line((f"{what} left out; -v shows {'it' if count == 1 else 'them'}", "dim"))
        page.blank()


def _by_topic(report: Report, least: Severity) -> list[tuple[str, list[_Group]]]:
    """The groups of each topic. Topics and groups stand in the order of their first problems."""
    groups: dict[tuple[str, tuple[Remedy, ...]], _Group] = {}
    topics: dict[str, list[_Group]] = {}
    for outcome, problem in report.problems():
        if outcome.severity_of(problem) < least:
            continue
        key = (outcome.code, problem.remedies)
        if key not in groups:
            groups[key] = _Group(outcome=outcome, problems=[])
            topics.setdefault(outcome.topic, []).append(groups[key])
        groups[key].problems.append(problem)
    return list(topics.items())


def _write_groups(page: Page, groups: list[_Group], detail: Detail) -> None:
    told: Counter[str] = Counter()
    untold: Counter[str] = Counter()
    for group in groups:
        code = group.outcome.code
        told[code] += 1
        if told[code] <= GROUPS or detail.verbose:
            if len(told) > 1 or told[code] > 1:
                page.blank()
            _write_group(page, group, detail)
        else:
            untold[code] += len(group.problems)
    for code, count in untold.items():
        page.line((f"... and {count} more of {code}; -v shows them all", "dim"), indent=2)


def _write_group(page: Page, group: _Group, detail: Detail) -> None:
    shown = group.problems if detail.verbose else group.problems[:SHOWN]
    subject = None
    for problem in shown:
        if problem.subject != subject:
            _write_subject(page, group, problem)
            subject = problem.subject
        if len(shown) > 1:
            page.line("- ", problem.message, indent=4, hang=2)
        else:
            page.line(problem.message, indent=4)
        if detail.verbose and problem.location:
            page.line((f"seen in {problem.location}", "dim"), indent=4)
    if len(shown) < len(group.problems):
        count = len(group.problems) - len(shown)
        page.line((f"... and {count} more of {group.outcome.code}; -v shows them all", "dim"), indent=4)
    for number, remedy in enumerate(group.problems[0].remedies):
        _write_remedy(page, remedy, "or" if number else "fix")
    if detail.verbose:
        _write_evidence(page, group.outcome)


def _write_subject(page: Page, group: _Group, problem: Problem) -> None:
    severity = group.outcome.severity_of(problem)
    mark = page.look.mark(*MARKS[severity])
    page.line(
        (f"{mark} {group.outcome.code}", STYLES[severity]),
        " ",
        (problem.subject, "bold"),
        (f"  {group.outcome.name}", "dim"),
        indent=2,
        hang=2,
    )


def _write_remedy(page: Page, remedy: Remedy, word: str) -> None:
    arrow = page.look.mark("→", "->")
    lead = f"{arrow} {word}: "
    page.line((lead, "cyan"), remedy.text, indent=4, hang=len(lead))
    for command in remedy.commands:
        page.verbatim(quote(command), "cyan", indent=6)


def _write_undetermined(page: Page, report: Report, verbose: bool) -> None:
    gaps = gaps_of(report, apart=not verbose)
    if gaps.unstated:
        _write_unstated(page, gaps)
    if not gaps.reasons:
        return
    page.line(("Could not be determined", "bold"))
    for reason, codes in gaps.reasons.items():
        page.line(("? " + " ".join(codes), "bold magenta"), indent=2)
        page.line(reason, indent=4)
    page.blank()


def _write_unstated(page: Page, gaps: Gaps) -> None:
    page.line((UNSTATED, "bold"))
    page.line(("? ", "bold magenta"), gaps.unstated_words, indent=2, hang=2)
    page.line((gaps.needed_by, "dim"), indent=4)
    page.line((ELSEWHERE, "dim"), indent=4)
    page.blank()


def _write_rest(page: Page, report: Report, verdict: Verdict, heading: str, mark: tuple[str, str], style: str) -> None:
    outcomes = [outcome for outcome in report.outcomes if outcome.verdict is verdict]
    if not outcomes:
        return
    page.line((heading, "bold"))
    for outcome in outcomes:
        lead = f"{page.look.mark(*mark)} {outcome.code} "
        page.line((lead, style), outcome.title, indent=2, hang=len(lead))
        for reason in outcome.reasons:
            page.line((reason, "dim"), indent=4)
        _write_evidence(page, outcome)
    page.blank()


def _write_evidence(page: Page, outcome: Outcome) -> None:
    """Say what was read and where; of many facts of one kind only the first, the JSON form has them all."""
    kinds: dict[tuple[str, str], list[Evidence]] = {}
    for item in outcome.evidence:
        kinds.setdefault((item.key, item.state), []).append(item)
    for (key, state), items in list(kinds.items())[:SHOWN]:
        said = "" if state == "known" else f"{state}, "
        others = f" and {len(items) - 1} more" if len(items) > 1 else ""
        page.line((f"read {key}: {said}{items[0].source}{others}", "dim"), indent=4, hang=2)
    if len(kinds) > SHOWN:
        rest = sum(map(len, list(kinds.values())[SHOWN:]))
        page.line((f"and {rest} more facts; --format json lists them", "dim"), indent=4)
