"""SARIF, as code scanning reads it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from doctor.core.report import Severity, Verdict
from doctor.formats.sarif import render
from tests.formats.reports import BROKEN, HEALTHY, KINDS, UNDETERMINED, outcome, problem, rendering, report
from tests.formats.validators import validate_sarif


def run_of(judged: Any, **changes: Any) -> dict[str, Any]:
    (run,) = json.loads(render(rendering(judged, **changes)))["runs"]
    return dict(run)


@pytest.mark.parametrize("kind", KINDS)
def test_the_validator_of_microsoft_with_the_rules_of_github_finds_no_error(kind, tmp_path):
    path = tmp_path / "report.sarif"
    path.write_text(render(rendering(KINDS[kind])))
    assert ": error " not in validate_sarif(path)


def test_the_validator_can_find_one(tmp_path):
    broken = json.loads(render(rendering(BROKEN)))
    del broken["runs"][0]["tool"]["driver"]["name"]
    path = tmp_path / "report.sarif"
    path.write_text(json.dumps(broken))
    assert ": error " in validate_sarif(path)


def test_a_problem_is_a_result_at_the_file_that_its_fact_came_from():
    error, warning, _ = run_of(BROKEN)["results"]
    assert (error["ruleId"], error["level"], warning["level"]) == ("PKG001", "error", "warning")
    place = error["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "lib/vllm-0.5.5.dist-info/METADATA", "uriBaseId": "ENVIRONMENT"}
    assert place["region"]["startLine"] == 12
    assert "torch<2.5" in error["message"]["text"]


def test_no_path_of_the_machine_is_in_it():
    assert "/env/lib" not in render(rendering(BROKEN))


def test_what_could_not_be_judged_is_open_and_told_and_the_run_has_not_succeeded():
    run = run_of(UNDETERMINED)
    assert [(item["kind"], item["level"]) for item in run["results"]] == [("open", "none")] * 2
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    told = [item["associatedRule"]["id"] for item in invocation["toolExecutionNotifications"]]
    assert told == ["GPU001", "GPU002"]


def test_a_run_that_judged_everything_has_succeeded():
    (invocation,) = run_of(HEALTHY)["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 0)


def test_a_problem_keeps_its_fingerprint_when_the_machine_or_the_message_changes():
    one = report(outcome("PKG001", Verdict.PROBLEM, problem("torch", "2.5.1 is installed")))
    other = report(
        outcome("PKG001", Verdict.PROBLEM, problem("torch", "2.5.0 is installed", severity=Severity.WARNING))
    )
    third = report(outcome("PKG001", Verdict.PROBLEM, problem("numpy", "2.5.1 is installed")))
    prints = [run_of(item)["results"][0]["partialFingerprints"] for item in (one, other, third)]
    assert prints[0] == prints[1] != prints[2]


def test_every_rule_that_has_a_result_explains_itself():
    run = run_of(BROKEN)
    rules = run["tool"]["driver"]["rules"]
    assert [rules[item["ruleIndex"]]["id"] for item in run["results"]] == [item["ruleId"] for item in run["results"]]
    assert all("## Why it matters" in rule["help"]["markdown"] for rule in rules)
