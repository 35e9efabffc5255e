"""PKG010: modules of installed distributions are imported from them."""

from __future__ import annotations

import pytest

from doctor.core.packages.distribution import SHADOWS, STDLIB, Shadow
from doctor.core.report import Severity, Verdict
from tests.facts import judge


def shadow(module="torch", entry="python-path", owner=None):
    return Shadow(
        module=module,
        owner=owner or module,
        found=f"/elsewhere/{module}.py",
        expected=f"/site/{module}/__init__.py",
        entry=entry,
    )


def test_none():
    assert judge("PKG010", {SHADOWS: ()}).verdict is Verdict.HEALTHY


def test_a_clone_of_doctor_that_doctor_is_started_in():
    own = {"module": "doctor", "owner": "llm-stack-doctor"}
    assert judge("PKG010", {SHADOWS: (shadow(entry="current-folder", **own),)}).verdict is Verdict.HEALTHY
    assert judge("PKG010", {SHADOWS: (shadow(entry="python-path", **own),)}).verdict is Verdict.PROBLEM


@pytest.mark.parametrize(
    ("found", "severity"),
    [
        (shadow(), Severity.ERROR),
        (shadow(entry="user-site"), Severity.ERROR),
        (shadow(entry="search-path"), Severity.ERROR),
        (shadow(entry="current-folder"), Severity.WARNING),
        (shadow("rich"), Severity.WARNING),
        (shadow("queue", owner=STDLIB), Severity.ERROR),
        (shadow("queue", "current-folder", owner=STDLIB), Severity.WARNING),
    ],
)
def test_shadowed(found, severity):
    outcome = judge("PKG010", {SHADOWS: (found,)})
    [problem] = outcome.problems
    assert outcome.severity_of(problem) is severity
    assert found.found in problem.message and found.expected in problem.message


def test_the_gravest_comes_first():
    outcome = judge("PKG010", {SHADOWS: (shadow("rich"), shadow("vllm", "current-folder"), shadow("torch"))})
    assert outcome.problems[0].subject == "torch"


@pytest.mark.parametrize(
    ("entry", "words", "commands"),
    [
        ("python-path", "PYTHONPATH", (("unset", "PYTHONPATH"),)),
        ("user-site", "user site", (("export", "PYTHONNOUSERSITE=1"),)),
        ("current-folder", "in another folder", ()),
        ("search-path", "Rename or remove", ()),
    ],
)
def test_the_remedy_is_that_of_where_it_was_found(entry, words, commands):
    [problem] = judge("PKG010", {SHADOWS: (shadow(entry=entry),)}).problems
    [remedy] = problem.remedies
    assert words in remedy.text
    assert remedy.commands == commands
