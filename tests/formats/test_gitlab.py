"""GitLab's Code Quality report."""

from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest

from doctor.core.report import Verdict
from doctor.formats.gitlab import render
from tests.formats.reports import BROKEN, HEALTHY, KINDS, UNDETERMINED, outcome, problem, rendering, report


def entries(judged):
    return json.loads(render(rendering(judged)))


@pytest.mark.parametrize("kind", KINDS)
def test_has_what_gitlab_needs(kind):
    for item in entries(KINDS[kind]):
        assert set(item) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert item["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert item["description"] and item["check_name"]
        path = PurePosixPath(item["location"]["path"])
        assert not path.is_absolute() and not str(path).startswith("./")
        assert item["location"]["lines"]["begin"] >= 1


def test_healthy_is_an_empty_array():
    assert entries(HEALTHY) == []


def test_problems_and_what_could_not_be_judged():
    assert [item["severity"] for item in entries(BROKEN)] == ["critical", "minor", "major"]
    assert [item["severity"] for item in entries(UNDETERMINED)] == ["major", "major"]


def test_every_fingerprint_is_its_own_and_stays():
    twins = report(outcome("PKG001", Verdict.PROBLEM, problem("torch", "one"), problem("torch", "two")))
    prints = [item["fingerprint"] for item in entries(twins)]
    assert len(set(prints)) == 2
    assert prints == [item["fingerprint"] for item in entries(twins)]
