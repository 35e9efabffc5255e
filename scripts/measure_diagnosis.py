"""Measure how often the diagnosis names what was wrong in environments of which that is known.

    python scripts/measure_diagnosis.py CASES.jsonl [--format json]

Each line of CASES.jsonl is a JSON object with ``id``, ``environment`` (what the user stated),
``symptom`` (the error in a few words), ``cause_kind`` (a value of `doctor.core.report.Cause`, or
``no-fault-in-environment``) and ``confidence``; cases of low confidence are not scored.

A case is *named* when a problem of severity error or warning has its cause, and *first* when the
first problem does. It is *enough* when some rule or row of that cause could judge it: all facts
that it needs are stated, whatever it then said. Two ways are measured: the environment alone, as
`doctor check` judges it, and with the symptom, as `doctor explain` does.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doctor.core.diagnosis import Certainty, Diagnosis
from doctor.core.matrix import Matrix
from doctor.core.report import Report, Severity
from doctor.core.rule import Rule
from doctor.engine.catalogue import select
from doctor.engine.diagnose import diagnose
from doctor.engine.judge import judge
from doctor.matrix.load import load_matrix
from scripts.case_snapshot import snapshot_of_case
from scripts.enough import is_enough

HEALTHY = "no-fault-in-environment"
SCORED = ("high", "medium")
WAYS = ("environment", "environment_and_symptom")


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the diagnosis said one way: (where from, cause, is an error) of each problem, in order."""

    problems: tuple[tuple[str, str, bool], ...]

    def first(self, kind: str) -> bool:
        """Whether the first problem has this cause."""
        return bool(self.problems) and self.problems[0][1] == kind

    def named(self, kind: str) -> bool:
        """Whether any problem has this cause."""
        return any(cause == kind for _, cause, _ in self.problems)

    def alarm(self) -> bool:
        """Whether any problem is an error."""
        return any(error for _, _, error in self.problems)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One case: what was said each way, whether enough was stated, whether something was undetermined."""

    case: Mapping[str, Any]
    said: Mapping[str, Said]
    enough: bool
    undetermined: bool

    @property
    def kind(self) -> str:
        """What was wrong."""
        return str(self.case["cause_kind"])


def measure(cases: Iterable[Mapping[str, Any]], matrix: Matrix) -> list[Result]:
    """Judge every case that is scored."""
    rules, _ = select()
    return [_measure_one(case, matrix, rules) for case in cases if case["confidence"] in SCORED]


def _measure_one(case: Mapping[str, Any], matrix: Matrix, rules: tuple[Rule, ...]) -> Result:
    snapshot = snapshot_of_case(case)
    report = judge(snapshot, matrix, rules)
    said = {
        "environment": _said_of_report(report),
        "environment_and_symptom": _said_of_diagnosis(diagnose(case["symptom"], snapshot, matrix, report)),
    }
    return Result(
        case=case,
        said=said,
        enough=is_enough(case["cause_kind"], snapshot, matrix, report),
        undetermined=any(outcome.undetermined for outcome in report.outcomes),
    )


def _said_of_report(report: Report) -> Said:
    return Said(
        problems=tuple(
            (f"{outcome.code} {problem.subject}", outcome.cause_of(problem).value, severity is Severity.ERROR)
            for outcome, problem in report.problems()
            if (severity := outcome.severity_of(problem)) >= Severity.WARNING
        )
    )


def _said_of_diagnosis(diagnosis: Diagnosis) -> Said:
    """What `doctor explain` says; what the environment speaks against does not count."""
    findings = [
        (item.name, item.cause.value, item.severity is Severity.ERROR)
        for item in diagnosis.findings
        if item.severity >= Severity.WARNING and item.certainty is not Certainty.DOUBTFUL
    ]
    beside = [
        (f"{item.code} {item.subject}", item.cause.value, item.severity is Severity.ERROR)
        for item in diagnosis.environment
    ]
    if diagnosis.led_by_environment:
        errors = [item for item in beside if item[2]]
        return Said(problems=(*errors, *findings, *(item for item in beside if not item[2])))
    return Said(problems=(*findings, *beside))


def summarise(results: list[Result]) -> dict[str, Any]:
    """The scores in the form that is printed as JSON."""
    return {
        **{way: _score(results, way) for way in WAYS},
        "by_kind": {kind: _by_kind(results, kind) for kind in sorted({result.kind for result in results})},
        "misses": list(_misses(results)),
    }


def _score(results: list[Result], way: str) -> dict[str, int]:
    faulty = [result for result in results if result.kind != HEALTHY]
    healthy = [result for result in results if result.kind == HEALTHY]
    enough = [result for result in faulty if result.enough]
    return {
        "scored": len(faulty),
        "enough": len(enough),
        "first": sum(result.said[way].first(result.kind) for result in faulty),
        "named": sum(result.said[way].named(result.kind) for result in faulty),
        "first_of_enough": sum(result.said[way].first(result.kind) for result in enough),
        "named_of_enough": sum(result.said[way].named(result.kind) for result in enough),
        "healthy": len(healthy),
        "false_alarms": sum(result.said[way].alarm() for result in healthy),
        "undetermined": sum(not result.said[way].problems and result.undetermined for result in faulty),
    }


def _by_kind(results: list[Result], kind: str) -> dict[str, Any]:
    own = [result for result in results if result.kind == kind]
    counts: dict[str, Any] = {"scored": len(own), "enough": sum(result.enough for result in own)}
    for way in WAYS:
        said = [result.said[way] for result in own]
        counts[way] = {
            "first": sum(item.first(kind) for item in said),
            "named": sum(item.named(kind) for item in said),
            "errors": sum(item.alarm() for item in said),
        }
    return counts


def _misses(results: list[Result]) -> Iterator[dict[str, Any]]:
    for way in WAYS:
        for result in results:
            reason = _reason(result, way)
            if reason:
                problems = result.said[way].problems
                yield {
                    "id": result.case["id"],
                    "way": way,
                    "cause_kind": result.kind,
                    "confidence": result.case["confidence"],
                    "reason": reason,
                    "said": [f"{where}: {cause}" for where, cause, _ in problems[:3]],
                }


def _reason(result: Result, way: str) -> str:
    """Why a case counts as missed, "" where it does not; that a label is doubtful only a person can say."""
    said = result.said[way]
    if result.kind == HEALTHY:
        return "false alarm" if said.alarm() else ""
    if said.first(result.kind):
        return ""
    if said.named(result.kind):
        return "not first"
    if way == "environment" and not result.enough:
        return "not stated"
    return "another cause was named" if said.problems else "nothing was named"


def write_text(scores: Mapping[str, Any]) -> str:
    """The scores as tables."""
    lines = [f"{way}: " + ", ".join(f"{name} {value}" for name, value in scores[way].items()) for way in WAYS]
    lines.append("")
    lines.append(f"{'cause':36} scored enough | first named | first named with the symptom")
    for kind, counts in scores["by_kind"].items():
        alone, both = (counts[way] for way in WAYS)
        lines.append(
            f"{kind:36} {counts['scored']:6} {counts['enough']:6} | {alone['first']:5} {alone['named']:5} "
            f"| {both['first']:5} {both['named']:5}"
        )
    lines.append("")
    for way in WAYS:
        reasons = Counter(miss["reason"] for miss in scores["misses"] if miss["way"] == way)
        lines.append(f"misses, {way}: " + ", ".join(f"{reason} {count}" for reason, count in reasons.most_common()))
        for miss in scores["misses"]:
            if miss["way"] == way:
                said = "; ".join(miss["said"]) or "nothing"
                lines.append(f"  {miss['id']} ({miss['cause_kind']}): {miss['reason']}; said {said}")
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Read the cases, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, metavar="CASES.jsonl")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    options = parser.parse_args(arguments)
    try:
        lines = options.cases.read_text(encoding="utf-8").splitlines()
        cases = [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        parser.error(f"{options.cases}: {error}")
    scores = summarise(measure(cases, load_matrix()))
    sys.stdout.write(json.dumps(scores, indent=2) + "\n" if options.format == "json" else write_text(scores))
    return 0


if __name__ == "__main__":
    sys.exit(main())
