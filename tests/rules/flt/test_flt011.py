"""Drivers that differ."""

from __future__ import annotations

from doctor.core.machine.gpu import DRIVER
from doctor.core.report import Severity, Verdict
from tests.facts import driver
from tests.fleets import arrive, nodes, outcome_of


def drivers(*versions: str):
    return nodes(*({DRIVER: driver(version)} for version in versions))


def test_two_branches():
    outcome = outcome_of("FLT011", drivers("550.54.14", "550.90.07", "535.104.05"))
    (finding,) = outcome.findings
    assert (finding.problem.subject, finding.nodes) == ("the driver's branch", (2,))
    assert outcome.severity_of(finding) is Severity.WARNING


def test_two_releases_of_one_branch_are_mentioned():
    outcome = outcome_of("FLT011", drivers("550.54.14", "550.90.07"))
    assert [outcome.severity_of(finding) for finding in outcome.findings] == [Severity.INFO]


def test_a_head_without_gpu_needs_no_driver():
    for facts in ({}, {DRIVER: driver("535.104.05")}):
        head = arrive("head", 9, facts=facts, of="sound_cpu", role="head")
        assert outcome_of("FLT011", [*drivers("550.54.14", "550.54.14"), head]).verdict is Verdict.HEALTHY


def test_a_worker_without_driver_is_told():
    worker = arrive("node9", 9, of="sound_cpu")
    (finding,) = outcome_of("FLT011", [*drivers("550.54.14", "550.54.14"), worker]).findings
    assert finding.nodes == (2,)
