"""What a breakage has to say besides having the right types."""

from __future__ import annotations

import re
from typing import Any

from doctor.core.breakage import ABSENT, Breakage, Circumstance
from doctor.core.matrix import Basis
from doctor.core.report import Severity
from doctor.matrix.decode import Report, describe, did_you_mean, label
from doctor.matrix.locate import Place
from doctor.matrix.pattern import fault_of
from doctor.matrix.values import check_names, check_specifier, check_text, is_date, plain_specifier, requirement_of

_SEVERITIES = tuple(item.label for item in Severity)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RULE = re.compile(r"[A-Z][A-Z0-9]*?\d{3}")
_NOT_FORESEEN = ("machines", "wsl", "driver", "driver_cuda", "torch_cuda")
"""Conditions that rules of their own judge, so that PIN009 does not read them."""

_SPECIFIERS = ("python", "glibc", "driver", "driver_cuda", "torch_cuda", "capability", "gpus")


def check_breakage(row: Breakage, place: Place, report: Report) -> None:
    """Report what is wrong with a decoded breakage."""
    if not _NAME.fullmatch(row.name):
        report((*place, "name"), f"name: expected lower-case words with hyphens between, found {describe(row.name)}")
    for name in ("reason", "fix"):
        check_text(getattr(row, name), (*place, name), report)
    if row.severity not in _SEVERITIES:
        near = did_you_mean(row.severity, _SEVERITIES)
        report(
            (*place, "severity"),
            f"severity: expected one of {', '.join(_SEVERITIES)}, found {describe(row.severity)}{near}",
        )
    _check_reach(row, place, report)
    for number, circumstance in enumerate(row.when):
        _check_circumstance(circumstance, (*place, "when", number), report)
    _check_codes(row, place, report)
    _check_mends(row, place, report)
    for name in ("since", "until"):
        if getattr(row, name) and not is_date(getattr(row, name)):
            at = (*place, name)
            report(at, f'{name}: expected a date, "YYYY-MM-DD", or "", found {describe(getattr(row, name))}')


def check_symptoms(row: Breakage, place: Place, report: Report) -> None:
    """Report patterns that cannot be searched for; apart, because it costs more than all else does."""
    for number, pattern in enumerate(row.symptoms):
        fault = fault_of(pattern)
        if fault:
            report((*place, "symptoms", number), f"symptoms: expected a pattern for an error text, found {fault}")


def _check_reach(row: Breakage, place: Place, report: Report) -> None:
    """Whether something could ever meet the row, and one thing only says where."""
    if not (row.symptoms or row.predictable or row.supply_chain):
        report(place, f"the breakage {row.name} is never met: expected symptoms, or `predictable` with `when`")
    if (row.predictable or row.supply_chain) and not row.when:
        report((*place, "predictable"), "predictable: expected circumstances (`when`) that bring it about, found none")
    if row.predictable and (row.pairs or row.rules):
        report(
            (*place, "predictable"), "predictable: expected no pairs and no rules beside it, which report it already"
        )
    for number, circumstance in enumerate(row.when if row.predictable else ()):
        for name in _NOT_FORESEEN:
            if getattr(circumstance, name) not in ("", (), None):
                report(
                    (*place, "when", number, name),
                    f"predictable: expected no {name} beside it, which other rules judge",
                )
    if row.basis is Basis.REPRODUCED and not any(re.search(r"\b20\d\d-\d\d-\d\d\b", text) for text in row.sources):
        report(
            (*place, "basis"),
            f"the breakage {row.name} is called reproduced: expected a source with the day of the run",
        )


def _check_codes(row: Breakage, place: Place, report: Report) -> None:
    for name, codes in (("rules", row.rules), ("signs", row.signs)):
        for number, code in enumerate(codes):
            if not _RULE.fullmatch(code):
                report((*place, name, number), f"{name}: expected a code such as PKG001, found {describe(code)}")


def _check_circumstance(row: Circumstance, place: Place, report: Report) -> None:
    if row == Circumstance():
        report(place, "when: expected at least one condition, found none")
    check_names(row.packages, (*place, "packages"), report)
    for name, versions in row.packages.items():
        if versions != ABSENT:
            check_specifier(plain_specifier(versions), (*place, "packages", name), report)
    for name in _SPECIFIERS:
        check_specifier(getattr(row, name), (*place, name), report)
    for name, pattern in row.variables.items():
        if pattern not in ("", ABSENT) and not _compiles(pattern):
            report((*place, "variables", name), f"{name}: expected a regular expression, found {describe(pattern)}")


def _check_mends(row: Breakage, place: Place, report: Report) -> None:
    for number, text in enumerate(row.install):
        if requirement_of(text) is None:
            at = (*place, "install", number)
            report(at, f"{label(at)}: expected a requirement, found {describe(text)}")
    check_names(row.uninstall, (*place, "uninstall"), report)
    for number, command in enumerate(row.commands):
        if not command or not all(command):
            at = (*place, "commands", number)
            report(at, f"{label(at)}: expected the words of a command, found {describe(list(command))}")


def _compiles(pattern: Any) -> bool:
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True
