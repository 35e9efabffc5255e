from __future__ import annotations

import pytest

from doctor.core.interpreter import INTERPRETER, unplaced
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import interpreter, judge


def outcome(*missing: str) -> Outcome:
    return judge("ENV016", {INTERPRETER: interpreter(missing_modules=missing)})


@pytest.mark.parametrize(
    ("missing", "severity"),
    [
        (("_ctypes",), Severity.ERROR),
        (("_bz2",), Severity.ERROR),
        (("zlib",), Severity.ERROR),
        (("_lzma", "_ssl"), Severity.ERROR),
        (("_lzma",), Severity.WARNING),
    ],
)
def test_missing_modules_are_told(missing: tuple[str, ...], severity: Severity) -> None:
    found = outcome(*missing)
    (problem,) = found.problems
    assert found.severity_of(problem) is severity
    assert f"/usr was built without {', '.join(missing)}" in problem.message


def test_headers_are_named_once() -> None:
    (problem,) = outcome("_hashlib", "_ssl", "_lzma").problems
    assert problem.remedies[0].commands == (("sudo", "apt-get", "install", "liblzma-dev", "libssl-dev"),)


def test_a_complete_one_is_healthy() -> None:
    assert outcome().verdict is Verdict.HEALTHY


def test_one_that_is_only_named_leaves_it_open() -> None:
    assert judge("ENV016", {INTERPRETER: unplaced("3.11.7")}).verdict is not Verdict.HEALTHY


def test_of_a_module_whose_headers_are_not_known_none_are_installed() -> None:
    (problem,) = outcome("_tkinter").problems
    assert [remedy.commands[0][0] for remedy in problem.remedies] == ["uv"]
