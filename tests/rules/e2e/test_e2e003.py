from __future__ import annotations

from doctor.core.endtoend import END_TO_END, PhaseName, not_asked_for
from doctor.core.report import Cause, Safety, Severity, Verdict
from tests.facts import judge, unknown
from tests.rules.e2e.runs import differs, outcome


def test_healthy_where_every_phase_agrees():
    assert outcome("E2E003").verdict is Verdict.HEALTHY


def test_a_difference_is_an_error_that_says_what_was_seen_and_needed():
    found = outcome("E2E003", PhaseName.MERGE, differs())
    assert found.verdict is Verdict.PROBLEM
    assert found.severity is Severity.ERROR
    assert found.cause is Cause.MODEL_WEIGHTS_INCOMPLETE
    assert [problem.subject for problem in found.problems] == [PhaseName.MERGE.value]
    message = found.problems[0].message
    assert message.startswith("tokens [1] instead of [2]; ")
    assert "must" in message
    assert [remedy.safety for remedy in found.problems[0].remedies] == [Safety.MANUAL]


def test_another_phase_is_not_its_business():
    other = PhaseName.VLLM_MERGED
    assert outcome("E2E003", other, differs()).verdict is Verdict.HEALTHY


def test_undetermined_where_the_phase_could_not_run():
    found = outcome("E2E003", PhaseName.MERGE)
    assert found.verdict is Verdict.UNKNOWN
    assert "took longer than 300 s" in found.reasons[0]


def test_undetermined_where_nothing_could_be_run():
    assert judge("E2E003", {END_TO_END: unknown()}).verdict is Verdict.UNKNOWN


def test_not_applicable_where_it_was_not_asked_for():
    found = judge("E2E003", {END_TO_END: not_asked_for()})
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert "--end-to-end" in found.reasons[0]
