"""The verdict of a run in one sentence."""

from __future__ import annotations

from doctor.core.report import Report, Severity
from doctor.formats.wire import Summary, summary_of


def verdict_of(report: Report) -> str:
    """The verdict of a run as one sentence."""
    return judge_run(report, summary_of(report))[1]


def judge_run(report: Report, summary: Summary) -> tuple[tuple[str, str], str, str]:
    """The mark of a verdict with its ASCII form, the sentence, and its style."""
    found = [
        count(number, noun)
        for number, noun in ((summary.errors, "error"), (summary.warnings, "warning"), (summary.infos, "note"))
        if number
    ]
    text = " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
    incomplete = sum(outcome.undetermined for outcome in report.outcomes)
    beside = f"; {count(incomplete, 'rule')} could not be judged in full" if incomplete else ""
    if summary.errors:
        return ("✗", "x"), f"{_broken(report)}: {text}{beside}", "bold red"
    if summary.warnings:
        return ("!", "!"), f"No error, but {text}{beside}", "bold yellow"
    if incomplete:
        lead = f"Nothing wrong was found ({text})" if found else "Nothing wrong was found"
        said = f"{lead}, but {count(incomplete, 'rule')} could not be judged: that is not the same as healthy"
        return ("?", "?"), said, "bold magenta"
    if not summary.healthy and not summary.problem:
        return ("?", "?"), "Nothing could be judged", "bold magenta"
    return ("✓", "+"), "Healthy" + (f", with {text}" if found else ""), "bold green"


_FOLDERS = {
    frozenset({"MODEL"}): "The model folder is broken",
    frozenset({"LORA"}): "What was given as an adapter is broken",
    frozenset({"MODEL", "LORA"}): "The folders are broken",
}
"""What is broken where every error is of these topics; else it is the environment."""


def _broken(report: Report) -> str:
    pairs = report.problems()
    topics = {outcome.topic for outcome, problem in pairs if outcome.severity_of(problem) is Severity.ERROR}
    return _FOLDERS.get(frozenset(topics), "This environment is broken")


def count(number: int, noun: str) -> str:
    """A number with its noun, in the plural where that is due."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
