"""SARIF 2.1.0, which code scanning of GitHub, GitLab and Azure and many editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, and what GitHub asks beyond it:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote as percent_encode

from doctor.core.report import Outcome, Problem, Severity
from doctor.core.rule import Rule
from doctor.formats.clean import clean, quote
from doctor.formats.explanation import sections_of
from doctor.formats.json import dump
from doctor.formats.place import Place, place_of
from doctor.formats.rendering import Rendering

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_URGENCY = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_BASES = {
    "ENVIRONMENT": "the folder of the environment that was examined",
    "WORKSPACE": "the folder that doctor was started in",
}
_NOWHERE = Place(base="ENVIRONMENT", path="pyvenv.cfg")
"""A reader that needs a file is given one for what lies in none: the GPU, the system, a variable."""


def render(rendering: Rendering) -> str:
    """Write a report as one SARIF run.

    A problem is a result with the level of its severity; what could not be judged is a result of
    the kind *open* and a notification of the tool, and the execution is then not successful.
    """
    report = rendering.report
    codes = [outcome.code for outcome in report.outcomes if outcome.problems or outcome.undetermined]
    results = [_result(rendering, codes, *pair) for pair in report.problems()]
    results += [_open(rendering, codes, outcome) for outcome in report.outcomes if outcome.undetermined]
    run = {
        "tool": {"driver": _driver(rendering, codes)},
        "automationDetails": {"id": "doctor/check/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {name: {"description": {"text": text}} for name, text in _BASES.items()},
        "invocations": [_invocation(rendering)],
        "results": results,
        "properties": {"matrixVersion": report.matrix_version},
    }
    return dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _driver(rendering: Rendering, codes: list[str]) -> dict[str, Any]:
    return {
        "name": "doctor",
        "semanticVersion": rendering.report.doctor_version,
        "rules": [_rule(rendering.rules[code]) for code in codes],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    sections = sections_of(rule.explanation)
    markdown = "\n\n".join(f"## {heading}\n{text}" for heading, text in sections.items())
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": f"{rule.title}. {' '.join(sections['Why it matters'].split())}"[:1024]},
        "help": {"text": " ".join(sections["How to fix it"].split()), "markdown": markdown},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": [rule.topic, rule.cause.value],
            "precision": "high",
            "problem.severity": _URGENCY[rule.severity],
        },
    }


def _result(rendering: Rendering, codes: list[str], outcome: Outcome, problem: Problem) -> dict[str, Any]:
    place = place_of(rendering, outcome, problem)
    found = _base(rendering, codes, outcome, problem.subject, place)
    found["level"] = LEVELS[outcome.severity_of(problem)]
    found["message"] = {"text": "\n".join(_lines(problem))}
    # What GitHub follows an alert by from run to run: nothing of the machine or the time.
    said = "|".join((outcome.code, problem.subject, outcome.cause_of(problem).value, place.path if place else ""))
    found["partialFingerprints"] = {"primaryLocationLineHash": f"{_digest(said)}:1"}
    found["properties"] = {"cause": outcome.cause_of(problem).value}
    return found


def _open(rendering: Rendering, codes: list[str], outcome: Outcome) -> dict[str, Any]:
    found = _base(rendering, codes, outcome, outcome.name, None)
    found["kind"], found["level"] = "open", "none"
    found["message"] = {"text": clean(f"It could not be determined whether {outcome.code} holds: {_reasons(outcome)}")}
    found["partialFingerprints"] = {"primaryLocationLineHash": f"{_digest(f'{outcome.code}|open')}:1"}
    return found


def _base(
    rendering: Rendering, codes: list[str], outcome: Outcome, subject: str, place: Place | None
) -> dict[str, Any]:
    where = place or _NOWHERE
    physical = {
        "artifactLocation": {"uri": percent_encode(clean(where.path)), "uriBaseId": where.base},
        "region": {"startLine": where.line, "startColumn": 1, "endLine": where.line, "endColumn": 2},
    }
    logical = {"name": clean(subject), "kind": "module" if outcome.topic in ("PKG", "ABI", "PIN") else "resource"}
    return {
        "ruleId": outcome.code,
        "ruleIndex": codes.index(outcome.code),
        "locations": [{"physicalLocation": physical, "logicalLocations": [logical]}],
    }


def _lines(problem: Problem) -> list[str]:
    lines = [clean(f"{problem.subject}: {problem.message}")]
    for remedy in problem.remedies:
        lines += ["", clean(f"{remedy.text}:" if remedy.commands else remedy.text)]
        lines += [f"    {quote(command)}" for command in remedy.commands]
    return lines


def _invocation(rendering: Rendering) -> dict[str, Any]:
    report = rendering.report
    return {
        "executionSuccessful": rendering.exit_code != 3 and not any(item.undetermined for item in report.outcomes),
        "exitCode": rendering.exit_code,
        "endTimeUtc": report.taken_at.replace("+00:00", "Z"),
        "toolExecutionNotifications": [
            {
                "level": "warning",
                "message": {"text": clean(_reasons(outcome))},
                "associatedRule": {"id": outcome.code},
                "descriptor": {"id": "undetermined"},
            }
            for outcome in report.outcomes
            if outcome.undetermined
        ],
    }


def _reasons(outcome: Outcome) -> str:
    return "; ".join(outcome.reasons)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()[:16]
