"""Markdown for an issue, a pull request or a job's summary: findings first, the environment in a fold."""

from __future__ import annotations

import re

from doctor.core.fact import Known
from doctor.core.machine.system import VARIABLES
from doctor.core.report import Outcome, Problem, Severity
from doctor.core.snapshot import Snapshot
from doctor.formats.clean import clean, quote
from doctor.formats.correction import lead_of
from doctor.formats.gaps import ELSEWHERE, UNSTATED, Gaps, gaps_of
from doctor.formats.rendering import Rendering
from doctor.formats.stack import Stack
from doctor.formats.topics import title_of
from doctor.formats.verdict import verdict_of

MARKS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.INFO: "🔹"}
# Among them $, which begins a formula on GitHub.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~@&$])")


def render(rendering: Rendering) -> str:
    """Write a report in GitHub's Markdown; nothing of the patient's text is taken for markup."""
    report = rendering.report
    parts = [f"### doctor: {plain(verdict_of(report))}"]
    origins = rendering.stack.origins()
    if origins:
        parts.append("\n".join(f"- **{label}**: {plain('; '.join(items))}" for label, items in origins))
    topic = ""
    for outcome, problem in report.problems():
        if outcome.topic != topic:
            topic = outcome.topic
            parts.append(f"#### {title_of(topic)}")
        parts.append(_finding(outcome, problem))
    if rendering.correction is not None:
        command = code_block([quote(rendering.correction.words)], "sh")
        parts.append("\n".join([f"{plain(lead_of(rendering.correction))}:", "", *command]))
    parts += [*_gaps(gaps_of(report)), _fold(rendering)]
    return _without_home("\n\n".join(parts), rendering.snapshot) + "\n"


def _gaps(gaps: Gaps) -> list[str]:
    parts = []
    if gaps.unstated:
        words = plain(f"{gaps.unstated_words}. {gaps.needed_by}. ")
        parts += [f"#### {UNSTATED}", f"{words} {ELSEWHERE}"]
    if gaps.reasons:
        items = [f"- **{' '.join(codes)}** {plain(reason)}" for reason, codes in gaps.reasons.items()]
        parts += ["#### Could not be determined", "\n".join(items)]
    return parts


def _without_home(text: str, snapshot: Snapshot) -> str:
    """The text without the name of the user, who may want to post it: ``~`` in place of the home folder."""
    variables = snapshot.get(VARIABLES)
    home = variables.value.get("HOME", "") if isinstance(variables, Known) else ""
    if len(home) <= 1:
        return text
    # In a block of code it stands as it is, elsewhere ada_b is written as ada\\_b.
    written = "|".join(map(re.escape, {home, plain(home)}))
    return re.sub(rf"(?:{written})(?=/)", "~", text)


def _finding(outcome: Outcome, problem: Problem) -> str:
    severity = outcome.severity_of(problem)
    lines = [
        f"{MARKS[severity]} **{outcome.code} {plain(problem.subject)}** ({severity.label}, {outcome.name})",
        "",
        plain(problem.message),
    ]
    for remedy in problem.remedies:
        lines += ["", f"To fix it: {plain(remedy.text)}"]
        if remedy.commands:
            lines += ["", *code_block([quote(command) for command in remedy.commands], "sh")]
    return "\n".join(lines)


def _fold(rendering: Rendering) -> str:
    report = rendering.report
    rows = [("doctor", f"{report.doctor_version}, matrix {report.matrix_version}"), *_rows(rendering.stack)]
    table = ["| | |", "| --- | --- |", *(f"| {name} | {plain(value)} |" for name, value in rows)]
    return "\n".join(["<details><summary>Environment</summary>", "", *table, "", "</details>"])


def _rows(stack: Stack) -> list[tuple[str, str]]:
    devices = stack.devices
    rows = [
        ("Python", ", ".join(part for part in (stack.python, stack.environment) if part)),
        ("Platform", stack.platform or ""),
        *((name, version) for name, version in stack.versions.items()),
        ("torch built for", stack.torch_build or ""),
        ("Driver", f"{stack.driver or ''} {f'(CUDA {stack.driver_cuda})' if stack.driver_cuda else ''}".strip()),
    ]
    if devices is not None:
        rows.append(("GPUs", "; ".join(f"{item.name} ({item.capability})" for item in devices) or "none"))
    return [(name, value) for name, value in rows if value]


def code_block(lines: list[str], language: str) -> list[str]:
    """Lines as a block of code, with a fence that nothing in them ends."""
    longest = max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{language}", *lines, fence]


def plain(text: str) -> str:
    """Text as Markdown that shows it as it is: no link, no mention, no HTML, no table cell's end."""
    return _SPECIAL.sub(r"\\\1", " ".join(clean(text).split()))
