"""Workflow commands of GitHub Actions: annotations, and the rest in foldable groups.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from itertools import groupby

from doctor.core.fleet.nodeset import fold
from doctor.core.report import Outcome, Problem, Severity
from doctor.formats.clean import clean, quote
from doctor.formats.gaps import UNSTATED, Gaps, gaps_of
from doctor.formats.place import place_of
from doctor.formats.rendering import Rendering
from doctor.formats.topics import title_of
from doctor.formats.verdict import verdict_of

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}

LIMIT = 10
"""Annotations of one kind that GitHub shows for a step; it drops what comes after without a word."""


def render(rendering: Rendering) -> str:
    """Write a report as annotations, the gravest first, and all of it again in groups by topic.

    What could not be judged is a warning: each reason once, and once all that nobody stated.
    """
    report = rendering.report
    annotations: dict[str, list[str]] = {name: [] for name in COMMANDS.values()}
    for outcome, problem in report.problems():
        annotations[COMMANDS[outcome.severity_of(problem)]].append(_annotation(rendering, outcome, problem))
    gaps = _gaps(gaps_of(report))
    annotations["warning"] += [command("warning", message, title=title) for title, message in gaps]
    lines = [line for kind, found in annotations.items() for line in _bounded(kind, found)]
    lines += _groups(rendering)
    if gaps:
        told = [clean(f"{title}: {message}") for title, message in gaps]
        lines += [command("group", "Could not be determined"), *told, command("endgroup", "")]
    lines.append(verdict_of(report))
    return "".join(f"{line}\n" for line in lines)


def _gaps(gaps: Gaps) -> list[tuple[str, str]]:
    """The title and the words of each reason why rules could not be judged."""
    told = [(f"{fold(codes)} could not be determined", reason) for reason, codes in gaps.reasons.items()]
    if gaps.unstated:
        told.append((UNSTATED, f"{gaps.unstated_words}. {gaps.needed_by}"))
    return told


def command(name: str, message: str, **properties: str) -> str:
    """A workflow command on one line; what is in the text cannot end it or begin another."""
    said = ",".join(f"{key}={_escape(value, ':', ',')}" for key, value in properties.items())
    return f"::{name}{' ' if said else ''}{said}::{_escape(message)}"


def _escape(text: str, *more: str) -> str:
    lines = [clean(line).replace("%", "%25") for line in text.split("\n")]
    escaped = "%0A".join(lines)
    for character in more:
        escaped = escaped.replace(character, f"%{ord(character):02X}")
    return escaped


def _annotation(rendering: Rendering, outcome: Outcome, problem: Problem) -> str:
    place = place_of(rendering, outcome, problem)
    lines = [problem.message]
    for remedy in problem.remedies:
        lines += [f"fix: {remedy.text}", *(f"  {quote(item)}" for item in remedy.commands)]
    properties = {"title": f"{outcome.code} {problem.subject}"}
    if place and place.base == "WORKSPACE":
        properties = {"file": place.path, "line": str(place.line), **properties}
    return command(COMMANDS[outcome.severity_of(problem)], "\n".join(lines), **properties)


def _bounded(kind: str, lines: list[str]) -> list[str]:
    if len(lines) <= LIMIT:
        return lines
    rest = len(lines) - (LIMIT - 1)
    return [*lines[: LIMIT - 1], command(kind, f"{rest} more in the log of this step and in its summary")]


def _groups(rendering: Rendering) -> list[str]:
    lines: list[str] = []
    pairs = sorted(rendering.report.problems(), key=lambda pair: pair[0].topic)
    for topic, found in groupby(pairs, key=lambda pair: pair[0].topic):
        lines.append(command("group", title_of(topic)))
        for outcome, problem in found:
            head = f"{outcome.severity_of(problem).label} {outcome.code} {problem.subject}: {problem.message}"
            lines.append(clean(head))
            for remedy in problem.remedies:
                lines.append(clean(f"  fix: {remedy.text}"))
                lines += [clean(f"    {quote(item)}") for item in remedy.commands]
        lines.append(command("endgroup", ""))
    return lines
