"""JUnit XML of a fleet: a case for each node, with its name, and one for each rule.

The form is that of `doctor.formats.junit`. GitLab keeps only the first of several cases that have one
name, so the node stands in the name.
"""

from __future__ import annotations

from xml.etree import ElementTree

from doctor.core.fleet.members import Node
from doctor.core.fleet.report import Finding, FleetOutcome, FleetReport
from doctor.core.report import Verdict
from doctor.formats.clean import clean, quote
from doctor.formats.fleet.rendering import STATES, FleetRendering, who

Pairs = list[tuple[FleetOutcome, Finding]]


def render(rendering: FleetRendering) -> str:
    """Write a report on a fleet as test cases.

    What is at or above `fail_on` is a failure, what could not be judged an error, what there is not skipped: the
    cases fail exactly where the exit code does.
    """
    root = ElementTree.Element("testsuites", {"name": "doctor fleet"})
    root.append(_suite(rendering, "doctor.fleet.nodes", _node_cases(rendering)))
    root.append(
        _suite(rendering, "doctor.fleet.rules", [_rule_case(rendering, item) for item in rendering.report.outcomes])
    )
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _suite(rendering: FleetRendering, name: str, cases: list[ElementTree.Element]) -> ElementTree.Element:
    count = {tag: sum(case.find(tag) is not None for case in cases) for tag in ("failure", "error", "skipped")}
    suite = ElementTree.Element(
        "testsuite",
        {
            "name": name,
            "tests": str(len(cases)),
            "failures": str(count["failure"]),
            "errors": str(count["error"]),
            "skipped": str(count["skipped"]),
            "time": "0.000",
            "timestamp": rendering.report.judged_at.removesuffix("+00:00"),
        },
    )
    suite.extend(cases)
    return suite


def _node_cases(rendering: FleetRendering) -> list[ElementTree.Element]:
    report = rendering.report
    findings: dict[int, Pairs] = {}
    gaps: dict[int, list[str]] = {}
    for outcome, finding in report.findings():
        for index in finding.nodes:
            findings.setdefault(index, []).append((outcome, finding))
    for outcome in report.outcomes:
        for gap in outcome.gaps:
            for index in gap.nodes:
                gaps.setdefault(index, []).append(f"{outcome.code}: {gap.reason}")
    return [
        _node_case(rendering, node, findings.get(index, []), gaps.get(index, []))
        for index, node in enumerate(report.nodes)
    ]


def _node_case(rendering: FleetRendering, node: Node, pairs: Pairs, gaps: list[str]) -> ElementTree.Element:
    case = _case("doctor.fleet.nodes", f"{node.name} ({node.role})")
    failing = [(outcome, finding) for outcome, finding in pairs if outcome.severity_of(finding) >= rendering.fail_on]
    if not node.answered:
        gaps = [": ".join(filter(None, (STATES[node.state], node.detail))), *gaps]
    if failing:
        outcome, finding = failing[0]
        _add(
            case,
            "failure",
            f"{outcome.code} {finding.problem.subject}",
            outcome.cause_of(finding).value,
            _text(failing),
        )
    elif gaps:
        _add(case, "error", "it could not be judged in full", "undetermined", "\n".join(map(clean, gaps)))
    rest = [pair for pair in pairs if pair not in failing]
    if rest:
        ElementTree.SubElement(case, "system-out").text = _text(rest)
    return case


def _rule_case(rendering: FleetRendering, outcome: FleetOutcome) -> ElementTree.Element:
    report = rendering.report
    case = _case(f"doctor.fleet.{outcome.topic}", f"{outcome.code} {outcome.title}")
    if outcome.verdict is Verdict.NOT_APPLICABLE:
        ElementTree.SubElement(case, "skipped", {"message": clean("; ".join(outcome.reasons))})
    failing = [finding for finding in outcome.findings if outcome.severity_of(finding) >= rendering.fail_on]
    if failing:
        first = failing[0]
        message = f"{first.problem.subject} on {who(report, first.nodes)}"
        _add(case, "failure", message, outcome.cause_of(first).value, _told(report, outcome, failing))
    elif outcome.undetermined:
        text = "\n".join(clean(f"{who(report, gap.nodes)}: {gap.reason}") for gap in outcome.gaps)
        _add(case, "error", "it could not be determined on all nodes", "undetermined", text)
    rest = [finding for finding in outcome.findings if finding not in failing]
    if rest:
        ElementTree.SubElement(case, "system-out").text = _told(report, outcome, rest)
    return case


def _case(group: str, name: str) -> ElementTree.Element:
    return ElementTree.Element("testcase", {"classname": group, "name": clean(name), "time": "0.000"})


def _add(case: ElementTree.Element, tag: str, message: str, kind: str, text: str) -> None:
    ElementTree.SubElement(case, tag, {"message": clean(message), "type": kind}).text = text


def _text(pairs: Pairs) -> str:
    """What is wrong with one node: a line for each finding; what to do stands with the rule."""
    lines = [
        f"{outcome.severity_of(finding).label}: {outcome.code} {finding.problem.subject}: {finding.problem.message}"
        for outcome, finding in pairs
    ]
    return "\n".join(map(clean, lines))


def _told(report: FleetReport, outcome: FleetOutcome, findings: list[Finding]) -> str:
    lines: list[str] = []
    for finding in findings:
        lines.append(clean(f"{outcome.severity_of(finding).label}: {finding.problem.message}"))
        lines += [clean(f"  {share.text}: {report.names(share.nodes)}") for share in finding.shares]
        for remedy in finding.problem.remedies:
            lines.append(clean(f"  fix: {remedy.text}"))
            lines += [f"    {quote(command)}" for command in remedy.commands]
    return "\n".join(lines)
