"""The report as one self-contained page, with pictures of memory and versions.

It filters without a script; the script only copies commands.
"""

from __future__ import annotations

from typing import Any

from doctor.core.frozen import frozen
from doctor.core.report import Outcome, Severity, Verdict
from doctor.formats.capacity import tell_capacity
from doctor.formats.explanation import sections_of
from doctor.formats.rendering import Rendering
from doctor.formats.templating import write_page
from doctor.formats.topics import TOPICS
from doctor.formats.verdict import verdict_of
from doctor.formats.wire import summary_of

KINDS = {
    "error": ("✗", "Errors"),
    "warning": ("!", "Warnings"),
    "info": ("i", "Notes"),
    "undetermined": ("?", "Undetermined"),
    "healthy": ("✓", "Healthy"),
    "not-applicable": ("-", "Not applicable"),
}
"""What an entry can be: its mark and the label of its filter; colour never says it alone."""

_FOLDED = ("healthy", "not-applicable")
_JUDGED = {Verdict.HEALTHY: "healthy", Verdict.NOT_APPLICABLE: "not-applicable"}


@frozen
class Entry:
    """One thing that is told: a problem, or the outcome of a rule without one."""

    kind: str
    outcome: Outcome
    subject: str
    message: str
    remedies: tuple[Any, ...] = ()
    location: str = ""

    @property
    def mark(self) -> str:
        """The mark of its kind."""
        return KINDS[self.kind][0]


def render(rendering: Rendering) -> str:
    """Write a report as HTML.

    Raises:
        DoctorError: jinja2 is not installed.
    """
    entries = list(_entries(rendering))
    present = {entry.outcome.topic for entry in entries}
    topics = sorted(
        present, key=lambda topic: (topic not in TOPICS, list(TOPICS).index(topic) if topic in TOPICS else 0)
    )
    plan = rendering.plan
    return write_page(
        "report.html",
        rendering=rendering,
        report=rendering.report,
        stack=rendering.stack,
        verdict=verdict_of(rendering.report),
        verdict_kind=_verdict_kind(rendering),
        summary=summary_of(rendering.report),
        entries=entries,
        topics=topics,
        kinds=KINDS,
        folded=_FOLDED,
        counts={kind: sum(entry.kind == kind for entry in entries) for kind in KINDS},
        sections={code: sections_of(rule.explanation) for code, rule in rendering.rules.items()},
        plan=plan,
        capacity=tell_capacity(plan) if plan and plan.capacity else (),
    )


def _entries(rendering: Rendering) -> list[Entry]:
    report = rendering.report
    found = [
        Entry(
            kind=outcome.severity_of(problem).label,
            outcome=outcome,
            subject=problem.subject,
            message=problem.message,
            remedies=problem.remedies,
            location=str(problem.location) if problem.location else "",
        )
        for outcome, problem in report.problems()
    ]
    found += [
        Entry(kind="undetermined", outcome=item, subject=item.name, message="; ".join(item.reasons))
        for item in report.outcomes
        if item.undetermined
    ]
    found += [
        Entry(kind=_JUDGED[item.verdict], outcome=item, subject=item.title, message="; ".join(item.reasons))
        for item in report.outcomes
        if item.verdict in _JUDGED
    ]
    return found


def _verdict_kind(rendering: Rendering) -> str:
    report = rendering.report
    worst = max((outcome.severity_of(problem) for outcome, problem in report.problems()), default=None)
    if worst in (Severity.ERROR, Severity.WARNING):
        return worst.label
    return "undetermined" if report.exit_code(rendering.fail_on) == 3 else "healthy"
