"""What an error text comes from, for people."""

from __future__ import annotations

from doctor.core.diagnosis import Certainty, Diagnosis, Finding
from doctor.core.report import Remedy
from doctor.formats.clean import quote
from doctor.formats.page import Page
from doctor.formats.topics import STYLES

_WORDS = {
    Certainty.CONFIRMED: "confirmed by the environment",
    Certainty.LIKELY: "as the text says",
    Certainty.POSSIBLE: "possible: others fail with these words too",
    Certainty.DOUBTFUL: "doubtful",
}
_MARKS = {
    Certainty.CONFIRMED: ("✗", "x"),
    Certainty.LIKELY: ("✗", "x"),
    Certainty.POSSIBLE: ("?", "?"),
    Certainty.DOUBTFUL: ("?", "?"),
}
_LONGEST = 300
"""Characters of a line of the text that are shown: a compiler's command line has thousands."""

_BESIDE = 5
"""Problems of the environment that are told."""

_OTHERS = 3
"""Causes that are told in full beside one that is confirmed."""


def write_diagnosis(page: Page, diagnosis: Diagnosis, *, text: str, environment: str, verbose: bool) -> str:
    """Write the causes of a text, the most certain first, each with what mends it."""
    page.line(("doctor explain ", "dim"), (text, "bold"))
    page.line((f"environment: {environment or 'none is known'}", "dim"), indent=2)
    for note in diagnosis.notes:
        page.line((f"note: {note}", "dim"), indent=2)
    page.blank()
    if diagnosis.led_by_environment:
        _write_beside(page, diagnosis)
        page.blank()
    shown = diagnosis.findings if verbose else _most(diagnosis)
    for finding in shown:
        _write_finding(page, finding, verbose)
        page.blank()
    rest = len(diagnosis.findings) - len(shown)
    if rest:
        page.line((f"{rest} less certain {'cause is' if rest == 1 else 'causes are'} left out; -v shows them", "dim"))
    if not diagnosis.findings:
        _write_nothing(page, diagnosis)
    _write_excluded(page, diagnosis, verbose)
    if not diagnosis.led_by_environment:
        _write_beside(page, diagnosis)
    return page.text()


def _most(diagnosis: Diagnosis) -> tuple[Finding, ...]:
    """Where one cause is certain, the possible ones are noise."""
    sure = [item for item in diagnosis.findings if item.certainty is Certainty.CONFIRMED]
    return tuple(sure) or diagnosis.findings[:_OTHERS]


def _write_finding(page: Page, finding: Finding, verbose: bool) -> None:
    mark = page.look.mark(*_MARKS[finding.certainty])
    style = STYLES[finding.severity]
    page.line((f"{mark} {finding.name}", style), (f"  {_WORDS[finding.certainty]}", "dim"), hang=2)
    page.line(finding.reason, indent=4)
    page.line((f"line {finding.number}: ", "dim"), _short(finding.line), indent=4, hang=2)
    for label, items in (("environment", finding.seen), ("against it", finding.doubts), ("would tell", finding.gaps)):
        for item in items:
            page.line((f"{label}: ", "dim"), item, indent=4, hang=2)
    for number, remedy in enumerate(finding.remedies):
        _write_remedy(page, remedy, "or" if number else "fix")
    if verbose:
        for source in finding.sources:
            page.line((f"known from {source}", "dim"), indent=4, hang=2)


def _write_remedy(page: Page, remedy: Remedy, word: str) -> None:
    lead = f"{page.look.mark('→', '->')} {word}: "
    page.line((lead, "cyan"), remedy.text, indent=4, hang=len(lead))
    for command in remedy.commands:
        page.verbatim(quote(command), "cyan", indent=6)


def _write_nothing(page: Page, diagnosis: Diagnosis) -> None:
    if diagnosis.wrapped:
        page.line(("This is the end of a longer story: another process has failed before.", "bold"))
        page.line("Its error stands further up or in the log of the worker: give the whole log.", indent=2)
    else:
        page.line(("Nothing that is known to doctor fails with these words.", "bold"))
    if diagnosis.errors:
        page.line("These lines look like the error:", indent=2)
        for line in diagnosis.errors:
            page.line((f"line {line.number}: ", "dim"), _short(line.text), indent=4, hang=2)
    elif not diagnosis.wrapped:
        page.line("No line of it looks like an error: is it the whole log?", indent=2)
    if diagnosis.wanted:
        page.line("What would settle it:", indent=2)
        for text in diagnosis.wanted:
            page.line(text, indent=4, hang=2)
    page.blank()


def _write_excluded(page: Page, diagnosis: Diagnosis, verbose: bool) -> None:
    if not diagnosis.excluded:
        return
    if not verbose:
        count = len(diagnosis.excluded)
        page.line((f"the environment excludes {count} more; -v shows {'it' if count == 1 else 'them'}", "dim"))
        return
    page.line(("Excluded by the environment", "bold"))
    for item in diagnosis.excluded:
        page.line(f"{item.name}: {item.reason}", indent=2, hang=2)
        page.line((f"line {item.number}: ", "dim"), _short(item.line), indent=4, hang=2)


def _write_beside(page: Page, diagnosis: Diagnosis) -> None:
    """Without a certain cause, what is wrong in the environment may be behind the text."""
    certain = any(item.certainty in (Certainty.CONFIRMED, Certainty.LIKELY) for item in diagnosis.findings)
    if certain or not diagnosis.environment:
        return
    page.line(("What is wrong in the environment, and may be behind it", "bold"))
    for item in diagnosis.environment[:_BESIDE]:
        page.line((f"{item.code} ", STYLES[item.severity]), f"{item.subject}: {item.message}", indent=2, hang=2)
    page.line("`doctor check` says what mends it.", indent=2)


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..."
