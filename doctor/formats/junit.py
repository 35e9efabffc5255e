"""JUnit XML, which Jenkins, GitLab and the test reporters of GitHub read.

The form is that of the Jenkins xUnit plugin's schema:
https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd
"""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree

from doctor.core.report import Outcome, Problem, Verdict
from doctor.formats.clean import clean, quote
from doctor.formats.rendering import Rendering


def render(rendering: Rendering) -> str:
    """Write a report as test cases: one for each rule, a suite for each topic.

    A problem at or above `fail_on` is a failure, what could not be judged an error, what there
    is not skipped. A problem below `fail_on` stands in the case's output, so that the cases fail
    exactly where the exit code does.
    """
    root = ElementTree.Element("testsuites", {"name": "doctor"})
    for topic, outcomes in groupby(rendering.report.outcomes, key=lambda outcome: outcome.topic):
        root.append(_suite(rendering, topic, list(outcomes)))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(rendering: Rendering, topic: str, outcomes: list[Outcome]) -> ElementTree.Element:
    cases = [_case(rendering, outcome) for outcome in outcomes]
    counts = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": f"doctor.{topic}",
            "tests": str(len(cases)),
            "failures": str(counts["failure"]),
            "errors": str(counts["error"]),
            "skipped": str(counts["skipped"]),
            "time": _seconds(sum(outcome.milliseconds for outcome in outcomes)),
            "timestamp": rendering.report.taken_at.removesuffix("+00:00"),
        },
    )
    suite.extend(cases)
    return suite


def _case(rendering: Rendering, outcome: Outcome) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        {
            "classname": f"doctor.{outcome.topic}",
            "name": f"{outcome.code} {outcome.title}",
            "time": _seconds(outcome.milliseconds),
        },
    )
    if outcome.verdict is Verdict.NOT_APPLICABLE:
        ElementTree.SubElement(case, "skipped", {"message": clean("; ".join(outcome.reasons))})
    failing = [item for item in outcome.problems if outcome.severity_of(item) >= rendering.fail_on]
    if outcome.undetermined and not failing:
        element = ElementTree.SubElement(
            case, "error", {"message": "it could not be determined", "type": "undetermined"}
        )
        element.text = clean("; ".join(outcome.reasons))
    if failing:
        first = failing[0]
        attributes = {"message": clean(f"{first.subject}: {first.message}"), "type": outcome.cause_of(first).value}
        ElementTree.SubElement(case, "failure", attributes).text = _text(outcome, failing)
    rest = [item for item in outcome.problems if item not in failing]
    if rest:
        ElementTree.SubElement(case, "system-out").text = _text(outcome, rest)
    return case


def _text(outcome: Outcome, problems: list[Problem]) -> str:
    lines: list[str] = []
    for problem in problems:
        lines.append(clean(f"{outcome.severity_of(problem).label}: {problem.subject}: {problem.message}"))
        for remedy in problem.remedies:
            lines.append(clean(f"  fix: {remedy.text}"))
            lines += [f"    {quote(command)}" for command in remedy.commands]
    if outcome.undetermined:
        lines += [clean(f"undetermined: {reason}") for reason in outcome.reasons]
    return "\n".join(lines)


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.3f}"
