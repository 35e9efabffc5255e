"""The verdict on a fleet as one self-contained page: findings, a heat map, and any two nodes beside each other.

Without a script it tells everything in words; the script draws the map and compares two nodes.
"""

from __future__ import annotations

from doctor.core.fleet.report import FleetReport, Share
from doctor.core.frozen import frozen
from doctor.core.report import Remedy
from doctor.formats.explanation import sections_of
from doctor.formats.fleet.heat import heat_of
from doctor.formats.fleet.overview import common
from doctor.formats.fleet.rendering import (
    NAMES,
    STATES,
    FleetRendering,
    counts_of,
    describe_nodes,
    gaps_of,
    judge_words,
    who,
)
from doctor.formats.html import KINDS
from doctor.formats.templating import write_page
from doctor.formats.topics import TOPICS

SHARES = 6
"""Values of one finding that are written out."""


@frozen
class Entry:
    """One thing that is told, and of which nodes; `shares` are (text, nodes in words, number of nodes),
    `more` counts those that are not written out."""

    kind: str
    topic: str
    code: str
    name: str
    subject: str
    message: str
    where: str
    shares: tuple[tuple[str, str, int], ...] = ()
    more: int = 0
    remedies: tuple[Remedy, ...] = ()

    @property
    def mark(self) -> str:
        """The mark of its kind."""
        return KINDS[self.kind][0]


def render(rendering: FleetRendering) -> str:
    """Write a report on a fleet as HTML.

    Raises:
        DoctorError: jinja2 is not installed.
    """
    report = rendering.report
    entries = _entries(report)
    kind, sentence = judge_words(report)
    present = {entry.topic for entry in entries if entry.topic}
    return write_page(
        "fleet.html",
        styles=("fleet.css",),
        scripts=("fleet.js",),
        rendering=rendering,
        report=report,
        verdict=sentence,
        verdict_kind=kind,
        nodes=describe_nodes(report),
        common=common(report),
        rules=counts_of(report),
        entries=entries,
        topics=sorted(present, key=lambda topic: (topic != "FLT", list(TOPICS).index(topic))),
        kinds=KINDS,
        folded=("info",),
        counts={kind: sum(entry.kind == kind for entry in entries) for kind in KINDS},
        sections={code: sections_of(rule.explanation) for code, rule in rendering.rules.items()},
        heat=heat_of(report),
        states=STATES,
    )


def _entries(report: FleetReport) -> list[Entry]:
    found = [
        Entry(
            kind=outcome.severity_of(finding).label,
            topic=outcome.topic,
            code=outcome.code,
            name=outcome.name,
            subject=finding.problem.subject,
            message=finding.problem.message,
            where=who(report, finding.nodes),
            shares=_shares(report, finding.shares),
            more=max(len(finding.shares) - SHARES, 0),
            remedies=finding.problem.remedies,
        )
        for outcome, finding in report.findings()
    ]
    found += [
        Entry(
            kind="undetermined",
            topic="",
            code=", ".join(codes),
            name="",
            subject="",
            message=gap.reason,
            where=who(report, gap.nodes),
        )
        for gap, codes in gaps_of(report)
    ]
    return found


def _shares(report: FleetReport, shares: tuple[Share, ...]) -> tuple[tuple[str, str, int], ...]:
    return tuple((share.text, report.names(share.nodes, NAMES), len(share.nodes)) for share in shares[:SHARES])
