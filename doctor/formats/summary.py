"""The foot of a text report: the counts, the verdict, and what to do next."""

from __future__ import annotations

from doctor.core.report import Report, Verdict
from doctor.formats.page import Page
from doctor.formats.stack import Stack
from doctor.formats.verdict import judge_run
from doctor.formats.wire import Summary, summary_of

FEW = 3
"""Reasons that fit into a sentence."""

NO_STACK = (
    "Nothing of the stack is installed here: no vllm, torch or transformers. Is it the right environment? "
    "`--python PATH` names another."
)


def write_summary(page: Page, report: Report, stack: Stack, first: str) -> None:
    """Write how many rules concluded what, and what that means; `first` is the code that is shown first."""
    summary = summary_of(report)
    page.line((_counts(summary), "dim"), hang=2)
    mark, verdict, style = judge_run(report, summary)
    page.line((f"{page.look.mark(*mark)} {verdict}", style), hang=2)
    page.line(_next(report, stack, summary, first), indent=2)


def _counts(summary: Summary) -> str:
    named = [
        f"{summary.healthy} healthy",
        f"{summary.problem} with problems",
        f"{summary.undetermined} undetermined",
        f"{summary.not_applicable} not applicable",
    ]
    if summary.not_selected:
        named.append(f"{summary.not_selected} not selected")
    return f"Rules: {', '.join(named)}"


def _next(report: Report, stack: Stack, summary: Summary, first: str) -> str:
    if summary.errors:
        return f"Start with {first} above; `doctor explain {first}` says why it matters."
    if any(outcome.undetermined for outcome in report.outcomes):
        return "See above what is missing; once it can be read, run doctor again."
    if summary.warnings:
        proven = _proven(report)
        return f"{f'It {proven}. ' if proven else ''}`doctor explain {first}` says why it matters."
    if not summary.healthy and not summary.problem:
        return _why_nothing(report)
    if proven := _proven(report):
        return f"It {proven}: nothing is left to check."
    if stack.executable and not stack.versions:
        return NO_STACK
    return "`doctor check --end-to-end` goes further: it trains, merges and serves a small model."


def _proven(report: Report) -> str:
    """What the end-to-end proof has done, "" where there was none or it failed."""
    verdicts = {outcome.code: outcome.verdict for outcome in report.outcomes if outcome.topic == "E2E"}
    if Verdict.HEALTHY not in verdicts.values() or Verdict.PROBLEM in verdicts.values():
        return ""
    # A model that was given is not merged: the rule on that does not apply then.
    given = verdicts.get("E2E003") is Verdict.NOT_APPLICABLE
    return "loaded and served the model that was given" if given else "made, merged and served a small model"


def _why_nothing(report: Report) -> str:
    reasons = list(dict.fromkeys(reason for outcome in report.outcomes for reason in outcome.reasons))
    if 0 < len(reasons) <= FEW:
        return f"No selected rule applies ({'; '.join(reasons)})."
    return "No selected rule applies to what is installed here. Is it the right one? `--python PATH` names another."
