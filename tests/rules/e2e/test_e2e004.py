from __future__ import annotations

import pytest

from doctor.core.endtoend import END_TO_END, PhaseName, not_asked_for
from doctor.core.report import Cause, Safety, Severity, Verdict
from tests.facts import judge, unknown
from tests.rules.e2e.runs import crashed, differs, outcome, raised


def test_healthy_where_every_phase_agrees():
    assert outcome("E2E004").verdict is Verdict.HEALTHY


def test_a_difference_is_an_error_that_says_what_was_seen_and_needed():
    found = outcome("E2E004", PhaseName.VLLM_START, differs())
    assert found.verdict is Verdict.PROBLEM
    assert found.severity is Severity.ERROR
    assert found.cause is Cause.OTHER
    assert [problem.subject for problem in found.problems] == [PhaseName.VLLM_START.value]
    message = found.problems[0].message
    assert message.startswith("tokens [1] instead of [2]; ")
    assert "must" in message
    assert [remedy.safety for remedy in found.problems[0].remedies] == [Safety.MANUAL]


def test_another_phase_is_not_its_business():
    other = PhaseName.VLLM_MERGED
    assert outcome("E2E004", other, differs()).verdict is Verdict.HEALTHY


def test_undetermined_where_the_phase_could_not_run():
    found = outcome("E2E004", PhaseName.VLLM_START)
    assert found.verdict is Verdict.UNKNOWN
    assert "took longer than 300 s" in found.reasons[0]


def test_undetermined_where_nothing_could_be_run():
    assert judge("E2E004", {END_TO_END: unknown()}).verdict is Verdict.UNKNOWN


def test_not_applicable_where_it_was_not_asked_for():
    found = judge("E2E004", {END_TO_END: not_asked_for()})
    assert found.verdict is Verdict.NOT_APPLICABLE
    assert "--end-to-end" in found.reasons[0]


@pytest.mark.parametrize(
    ("finding", "cause"),
    [
        (raised("ModuleNotFoundError: No module named 'pyairports'"), Cause.MISSING_PACKAGE),
        (
            raised("ModuleNotFoundError: x (first cause: RuntimeError: operator torchvision::nms does not exist)"),
            Cause.ABI_MISMATCH_OTHER,
        ),
        (raised("torch.OutOfMemoryError: CUDA out of memory"), Cause.GPU_MEMORY),
        (crashed("SIGILL"), Cause.PLATFORM_OR_GLIBC),
        (raised("ValueError: odd"), Cause.OTHER),
    ],
)
def test_the_exception_or_signal_names_the_cause(finding, cause):
    found = outcome("E2E004", PhaseName.VLLM_START, finding)
    assert [found.cause_of(problem) for problem in found.problems] == [cause]
    assert finding.message in found.problems[0].message


def test_a_crash_quotes_the_last_words():
    assert "b / c / last" in outcome("E2E004", PhaseName.VLLM_START, crashed()).problems[0].message
