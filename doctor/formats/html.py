"""The report as one self-contained page, with pictures of memory and versions.

It filters without a script; the script only copies commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from doctor.core.frozen import frozen
from doctor.core.report import Outcome, Report, Severity, Verdict
from doctor.formats.capacity import tell_capacity
from doctor.formats.explanation import sections_of
from doctor.formats.gaps import ELSEWHERE, UNSTATED, gaps_of
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
    """One thing that is told: a problem, the outcome of a rule without one, or what several rules could not judge.

    `needs` are the things that several rules went without, each with the codes of the rules; `hint` says what
    would supply them.
    """

    kind: str
    outcomes: tuple[Outcome, ...]
    subject: str
    message: str
    remedies: tuple[Any, ...] = ()
    location: str = ""
    needs: tuple[tuple[str, list[str]], ...] = ()
    hint: str = ""

    @property
    def mark(self) -> str:
        """The mark of its kind."""
        return KINDS[self.kind][0]

    @property
    def outcome(self) -> Outcome | None:
        """The one outcome that is told of."""
        return self.outcomes[0] if len(self.outcomes) == 1 else None

    @property
    def topics(self) -> list[str]:
        """The topics that it is shown under."""
        return sorted({outcome.topic for outcome in self.outcomes})


def render(rendering: Rendering) -> str:
    """Write a report as HTML.

    Raises:
        DoctorError: jinja2 is not installed.
    """
    entries = list(_entries(rendering))
    present = {topic for entry in entries for topic in entry.topics}
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
            outcomes=(outcome,),
            subject=problem.subject,
            message=problem.message,
            remedies=problem.remedies,
            location=str(problem.location) if problem.location else "",
        )
        for outcome, problem in report.problems()
    ]
    found += _gaps(report)
    found += [
        Entry(kind=_JUDGED[item.verdict], outcomes=(item,), subject=item.title, message="; ".join(item.reasons))
        for item in report.outcomes
        if item.verdict in _JUDGED
    ]
    return found


def _gaps(report: Report) -> Iterator[Entry]:
    """What could not be determined, each reason once however many rules it stopped."""
    gaps = gaps_of(report)
    outcomes = {outcome.code: outcome for outcome in report.outcomes}
    for reason, codes in gaps.reasons.items():
        stopped = tuple(outcomes[code] for code in dict.fromkeys(codes))
        subject = stopped[0].name if len(stopped) == 1 else f"{len(stopped)} rules"
        yield Entry(kind="undetermined", outcomes=stopped, subject=subject, message=reason)
    if gaps.unstated:
        yield Entry(
            kind="undetermined",
            outcomes=tuple(outcomes[code] for code in gaps.unstated_codes),
            subject=UNSTATED[0].lower() + UNSTATED[1:],
            message=gaps.unstated_words,
            needs=tuple((name, sorted(set(codes))) for name, codes in gaps.unstated.items()),
            hint=ELSEWHERE,
        )


def _verdict_kind(rendering: Rendering) -> str:
    report = rendering.report
    worst = max((outcome.severity_of(problem) for outcome, problem in report.problems()), default=None)
    if worst in (Severity.ERROR, Severity.WARNING):
        return worst.label
    return "undetermined" if report.exit_code(rendering.fail_on) == 3 else "healthy"
