"""What an error text comes from, as programs read it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from doctor import __version__
from doctor.core import diagnosis as internal
from doctor.core.report import Severity
from doctor.formats.json import dump
from doctor.formats.wire import Level, Remedy, remedy_of

SCHEMA_VERSION = 1

Certainty = Literal["confirmed", "likely", "possible", "doubtful"]

_LEVELS: dict[Severity, Level] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}


class Line(Struct, frozen=True, kw_only=True):
    """A line of the text, without colours, times and names of processes, and its 1-based number."""

    number: int
    text: str


class Finding(Struct, frozen=True, kw_only=True):
    """One cause of the text: a breakage, and what the environment says to it.

    `seen` is what the environment has of it, `doubts` what speaks against it, `gaps` what is not
    known and would tell.
    """

    name: str
    cause: str
    severity: Level
    certainty: Certainty
    reason: str
    line: Line
    seen: list[str]
    doubts: list[str]
    gaps: list[str]
    remedies: list[Remedy]
    sources: list[str]


class Excluded(Struct, frozen=True, kw_only=True):
    """A breakage whose words stand in the text and that cannot be in this environment."""

    name: str
    line: Line
    reason: str


class Beside(Struct, frozen=True, kw_only=True):
    """An error or a warning that a rule has for the environment, whether or not the text comes from it."""

    code: str
    subject: str
    message: str
    cause: str
    severity: Level


class Diagnosis(Struct, frozen=True, kw_only=True):
    """One run of `doctor explain` on an error text; `findings` has the most certain first.

    `errors` are the lines that look like the error; with `wrapped` they only tell that another
    process has failed. `wanted` says what would settle it where nothing was found.
    """

    schema: Literal["doctor-diagnosis"]
    schema_version: Annotated[int, Meta(ge=1)]
    doctor_version: str
    matrix_version: str
    text: str
    environment: str | None
    findings: list[Finding]
    excluded: list[Excluded]
    errors: list[Line]
    wrapped: bool
    beside: list[Beside]
    notes: list[str]
    wanted: list[str] = []


def render(diagnosis: internal.Diagnosis, *, text: str, environment: str, matrix_version: str) -> str:
    """Write a diagnosis as JSON; `text` and `environment` say where they are from."""
    return dump(msgspec.to_builtins(_diagnosis(diagnosis, text, environment, matrix_version)))


def _diagnosis(found: internal.Diagnosis, text: str, environment: str, matrix_version: str) -> Diagnosis:
    return Diagnosis(
        schema="doctor-diagnosis",
        schema_version=SCHEMA_VERSION,
        doctor_version=__version__,
        matrix_version=matrix_version,
        text=text,
        environment=environment or None,
        findings=[_finding(item) for item in found.findings],
        excluded=[
            Excluded(name=item.name, line=Line(number=item.number, text=item.line), reason=item.reason)
            for item in found.excluded
        ],
        errors=[Line(number=item.number, text=item.text) for item in found.errors],
        wrapped=found.wrapped,
        beside=[
            Beside(
                code=item.code,
                subject=item.subject,
                message=item.message,
                cause=item.cause.value,
                severity=_LEVELS[item.severity],
            )
            for item in found.environment
        ],
        notes=list(found.notes),
        wanted=list(found.wanted),
    )


def _finding(item: internal.Finding) -> Finding:
    return Finding(
        name=item.name,
        cause=item.cause.value,
        severity=_LEVELS[item.severity],
        certainty=item.certainty.value,
        reason=item.reason,
        line=Line(number=item.number, text=item.line),
        seen=list(item.seen),
        doubts=list(item.doubts),
        gaps=list(item.gaps),
        remedies=[remedy_of(remedy) for remedy in item.remedies],
        sources=list(item.sources),
    )
