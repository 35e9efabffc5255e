"""The report as programs read it: types of their own, apart from the internal ones.

A field may be added; what a field means, its name or its type changes only with a new
`SCHEMA_VERSION`. The JSON Schema beside this file is made from these types.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from doctor.core import report as internal
from doctor.core.fact import Source as InternalSource
from doctor.core.report import Severity, Verdict
from doctor.formats.clean import quote
from doctor.formats.stack import Stack as InternalStack

SCHEMA_VERSION = 1

Level = Literal["error", "warning", "info"]
Judgement = Literal["healthy", "problem", "undetermined", "not-applicable"]

JUDGEMENTS: dict[Verdict, Judgement] = {
    Verdict.HEALTHY: "healthy",
    Verdict.PROBLEM: "problem",
    Verdict.UNKNOWN: "undetermined",
    Verdict.NOT_APPLICABLE: "not-applicable",
}
LEVELS: dict[Severity, Level] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}


class Source(Struct, frozen=True, kw_only=True):
    """Where something was read: the kind of place, the place, the 1-based line of a text file."""

    kind: str
    where: str
    line: int | None


class Remedy(Struct, frozen=True, kw_only=True):
    """What to do: in words, as argument vectors, as lines for a shell, and as pins of a lock file."""

    text: str
    commands: list[list[str]]
    shell: list[str]
    pins: list[str]
    safety: Literal["safe", "unsafe", "manual"]


class Problem(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with one subject."""

    subject: str
    message: str
    severity: Level
    cause: str
    location: Source | None
    remedies: list[Remedy]


class Evidence(Struct, frozen=True, kw_only=True):
    """One fact or matrix row that was read, its state, and where it came from."""

    key: str
    state: str
    source: Source


class Outcome(Struct, frozen=True, kw_only=True):
    """What one rule concluded.

    `undetermined` says that something could not be judged, which is possible beside a problem;
    `reasons` says what, or why there was nothing to judge.
    """

    code: str
    name: str
    topic: str
    title: str
    severity: Level
    cause: str
    verdict: Judgement
    undetermined: bool
    problems: list[Problem]
    reasons: list[str]
    evidence: list[Evidence]
    milliseconds: float


class Device(Struct, frozen=True, kw_only=True):
    """One GPU; memory is in MiB. A null is not known."""

    name: str | None
    capability: str | None
    memory: int | None


class Stack(Struct, frozen=True, kw_only=True):
    """What was seen, for display: a null was not looked at or is not known.

    Of a file or a pasted text, `text` says what wrote it, `unread` what it names without stating it, `stated` what
    options said in its place and `assumed` what nobody did.
    """

    executable: str | None
    python: str | None
    environment: str | None
    platform: str | None
    versions: dict[str, str]
    torch_build: str | None
    driver: str | None
    driver_cuda: str | None
    devices: list[Device] | None
    text: str | None
    unread: list[str]
    stated: list[str]
    assumed: list[str]


class Summary(Struct, frozen=True, kw_only=True):
    """Counts: of rules by what they concluded, each counted once, and of problems by severity."""

    healthy: int
    problem: int
    undetermined: int
    not_applicable: int
    not_selected: int
    errors: int
    warnings: int
    infos: int


class Report(Struct, frozen=True, kw_only=True):
    """One run of `doctor check`.

    `verdict` is that of the whole run; `exit_code` is what the process ends with under
    `fail_on`; `taken_at` is an ISO 8601 time in UTC.
    """

    schema: Literal["doctor-report"]
    schema_version: Annotated[int, Meta(ge=1)]
    doctor_version: str
    matrix_version: str
    target: str
    taken_at: str
    verdict: Judgement
    fail_on: Level
    exit_code: Literal[0, 1, 3]
    summary: Summary
    stack: Stack
    outcomes: list[Outcome]
    not_selected: list[str]


def report_of(report: internal.Report, stack: InternalStack, fail_on: Severity) -> Report:
    """Turn a report into its wire form."""
    return Report(
        schema="doctor-report",
        schema_version=SCHEMA_VERSION,
        doctor_version=report.doctor_version,
        matrix_version=report.matrix_version,
        target=report.target,
        taken_at=report.taken_at,
        verdict=JUDGEMENTS[report.verdict()],
        fail_on=LEVELS[fail_on],
        exit_code=msgspec.convert(report.exit_code(fail_on), Literal[0, 1, 3]),
        summary=summary_of(report),
        stack=msgspec.convert(stack, Stack, from_attributes=True),
        outcomes=[_outcome(outcome) for outcome in report.outcomes],
        not_selected=list(report.not_selected),
    )


def summary_of(report: internal.Report) -> Summary:
    """Count the outcomes of a report."""
    verdicts = [outcome.verdict for outcome in report.outcomes]
    severities = [outcome.severity_of(problem) for outcome, problem in report.problems()]
    return Summary(
        healthy=verdicts.count(Verdict.HEALTHY),
        problem=verdicts.count(Verdict.PROBLEM),
        undetermined=verdicts.count(Verdict.UNKNOWN),
        not_applicable=verdicts.count(Verdict.NOT_APPLICABLE),
        not_selected=len(report.not_selected),
        errors=severities.count(Severity.ERROR),
        warnings=severities.count(Severity.WARNING),
        infos=severities.count(Severity.INFO),
    )


def _outcome(outcome: internal.Outcome) -> Outcome:
    return Outcome(
        code=outcome.code,
        name=outcome.name,
        topic=outcome.topic,
        title=outcome.title,
        severity=LEVELS[outcome.severity],
        cause=outcome.cause.value,
        verdict=JUDGEMENTS[outcome.verdict],
        undetermined=outcome.undetermined,
        problems=[_problem(outcome, problem) for problem in outcome.problems],
        reasons=list(outcome.reasons),
        evidence=[Evidence(key=item.key, state=item.state, source=_source(item.source)) for item in outcome.evidence],
        milliseconds=round(outcome.milliseconds, 3),
    )


def _problem(outcome: internal.Outcome, problem: internal.Problem) -> Problem:
    return Problem(
        subject=problem.subject,
        message=problem.message,
        severity=LEVELS[outcome.severity_of(problem)],
        cause=outcome.cause_of(problem).value,
        location=_source(problem.location) if problem.location else None,
        remedies=[remedy_of(remedy) for remedy in problem.remedies],
    )


def remedy_of(remedy: internal.Remedy) -> Remedy:
    """Turn a remedy into its wire form."""
    return Remedy(
        text=remedy.text,
        commands=[list(command) for command in remedy.commands],
        shell=[quote(command) for command in remedy.commands],
        pins=list(remedy.pins),
        safety=remedy.safety.value,
    )


def _source(source: InternalSource) -> Source:
    return Source(kind=source.kind.value, where=source.where, line=source.line)
