"""A report in a notebook: a fragment of HTML that takes the colours of its surroundings and brings no script.

It is short on purpose; `Report.render("html")` is the whole page.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from doctor.core.report import Outcome, Problem
from doctor.formats.clean import clean, quote
from doctor.formats.rendering import Rendering
from doctor.formats.verdict import verdict_of

MOST = 10
"""Problems that are shown; of more only their number."""

_MARKS = {"error": "✗", "warning": "!", "info": "i"}
_EXIT_MARKS = {0: "✓", 1: "✗", 3: "?"}


def render(rendering: Rendering) -> str:
    """Write a report as a fragment for a notebook's output."""
    report = rendering.report
    problems = report.problems()
    lines = [
        '<div style="font-family: system-ui, sans-serif; line-height: 1.45; max-width: 60rem">',
        f"<p><strong>{_EXIT_MARKS[rendering.exit_code]} {_safe(verdict_of(report))}</strong><br>",
        f"<code>{_safe(rendering.stack.executable or report.target)}</code> {_safe(_versions(rendering))}</p>",
    ]
    lines += [f"<p>{label}: {_safe('; '.join(items))}</p>" for label, items in rendering.stack.origins()]
    lines += [_problem(outcome, problem) for outcome, problem in problems[:MOST]]
    lines += [f"<p>{text}</p>" for text in _rest(rendering, len(problems))]
    return "\n".join([*lines, "</div>"])


def _versions(rendering: Rendering) -> str:
    return ", ".join(f"{name} {version}" for name, version in rendering.stack.versions.items())


def _problem(outcome: Outcome, problem: Problem) -> str:
    level = outcome.severity_of(problem).label
    fixes = "".join(
        f"<p>{_safe(remedy.text)}</p>"
        + "".join(f'<pre style="white-space: pre-wrap">{_safe(quote(command))}</pre>' for command in remedy.commands)
        for remedy in problem.remedies
    )
    return (
        '<details style="border-left: .25rem solid currentColor; margin: .4rem 0; padding-left: .75rem">'
        f"<summary>{_MARKS[level]} {level}: <strong>{_safe(outcome.code)} {_safe(problem.subject)}</strong> "
        f"{_safe(problem.message)}</summary>{fixes}</details>"
    )


def _rest(rendering: Rendering, problems: int) -> Iterator[str]:
    if problems > MOST:
        yield f"and {problems - MOST} more problems"
    undetermined = [item for item in rendering.report.outcomes if item.undetermined]
    if undetermined:
        codes = ", ".join(item.code for item in undetermined[:MOST])
        more = f" and {len(undetermined) - MOST} more" if len(undetermined) > MOST else ""
        yield f"? Could not be judged: {_safe(codes)}{more}"


def _safe(text: str) -> str:
    return escape(clean(text))
