"""GitLab's Code Quality report.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

from doctor.core.report import Outcome, Problem, Severity
from doctor.formats.clean import clean
from doctor.formats.json import dump
from doctor.formats.place import place_of
from doctor.formats.rendering import Rendering

SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}
UNDETERMINED = "major"
"""What could not be judged is not less than a warning."""


def render(rendering: Rendering) -> str:
    """Write the problems of a report, and what could not be judged, as one JSON array."""
    found = [_problem(rendering, *pair) for pair in rendering.report.problems()]
    found += [_undetermined(outcome) for outcome in rendering.report.outcomes if outcome.undetermined]
    seen: Counter[str] = Counter()
    for item in found:
        # GitLab shows one of several with the same fingerprint only.
        said = item.pop("said")
        seen[said] += 1
        item["fingerprint"] = hashlib.sha256(f"{said}|{seen[said]}".encode(errors="surrogateescape")).hexdigest()
    return dump(found)


def _problem(rendering: Rendering, outcome: Outcome, problem: Problem) -> dict[str, Any]:
    place = place_of(rendering, outcome, problem)
    fixes = "; ".join(remedy.text for remedy in problem.remedies)
    return {
        "description": clean(f"{problem.subject}: {problem.message}. To fix it: {fixes}"),
        "check_name": f"{outcome.code} {outcome.name}",
        "severity": SEVERITIES[outcome.severity_of(problem)],
        "location": {
            "path": clean(place.path) if place else "environment",
            "lines": {"begin": place.line if place else 1},
        },
        "said": "|".join((outcome.code, problem.subject, outcome.cause_of(problem).value)),
    }


def _undetermined(outcome: Outcome) -> dict[str, Any]:
    return {
        "description": clean(f"It could not be determined whether {outcome.title}: {'; '.join(outcome.reasons)}"),
        "check_name": f"{outcome.code} {outcome.name}",
        "severity": UNDETERMINED,
        "location": _location(),
        "said": f"{outcome.code}|undetermined",
    }


def _location(path: str = "environment", line: int = 1) -> dict[str, Any]:
    """A place in a file; GitLab needs one also for what lies in none."""
    return {"path": path, "lines": {"begin": line}}
