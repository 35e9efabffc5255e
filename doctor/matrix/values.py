"""Single values of matrix rows: what is wrong with a version, a specifier, a name, a date."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from doctor.matrix.decode import Report, describe, label
from doctor.matrix.locate import Place

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def check_versions(versions: Mapping[str, str], place: Place, report: Report) -> None:
    """Report names that are not normalised and versions that are none (PEP 503, PEP 440)."""
    check_names(versions, place, report)
    for name, version in versions.items():
        check_version(version, (*place, name), report)


def is_date(value: Any) -> bool:
    """Whether a value is a date that exists, as text in the form YYYY-MM-DD."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return False
    try:
        datetime.date.fromisoformat(value)
    except ValueError:
        return False
    return True


def version_of(text: str) -> Version | None:
    """The version, or None when the text is none."""
    try:
        return Version(text)
    except InvalidVersion:
        return None


def specifier_of(text: str) -> SpecifierSet | None:
    """The specifier, or None when the text is none."""
    try:
        return SpecifierSet(text)
    except InvalidSpecifier:
        return None


def plain_specifier(versions: str) -> str:
    """The specifier in the versions of a breakage: without a label, the names of others as 1."""
    return re.sub(r"\{[a-z0-9-]+\}", "1", re.sub(r"(?:^| )\+[a-z0-9.]+$", "", versions)).strip()


def requirement_of(text: str) -> Requirement | None:
    """The requirement, or None when the text is none."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def check_names(names: Iterable[str], place: Place, report: Report) -> None:
    """Report names that are not normalised (PEP 503)."""
    for name in names:
        normal = canonicalize_name(name)
        if name != normal or not name:
            at = (*place, name)
            report(
                at,
                f"expected a normalised distribution name{f', {normal!r}' if normal else ''}, found {describe(name)}",
            )


def check_version(text: str, place: Place, report: Report) -> bool:
    """Report a text that is no version (PEP 440), and say whether it is one."""
    if version_of(text) is not None:
        return True
    report(place, f"{label(place)}: expected a version such as 2.4.0, found {describe(text)}")
    return False


def check_specifier(text: str, place: Place, report: Report) -> bool:
    """Report a text that is no specifier (PEP 440), and say whether it is one."""
    if specifier_of(text) is not None:
        return True
    report(place, f"{label(place)}: expected versions such as >=3.8,<3.13, found {describe(text)}")
    return False


def check_pattern(pattern: re.Pattern[str], expected: str, text: str, place: Place, report: Report) -> None:
    """Report a text that does not have the form of `pattern`."""
    if not pattern.fullmatch(text):
        report(place, f"{label(place)}: expected {expected}, found {describe(text)}")


def check_text(text: str, place: Place, report: Report) -> None:
    """Report a text without anything in it."""
    if not text.strip():
        report(place, f"{label(place)}: expected a name, found {describe(text)}")
