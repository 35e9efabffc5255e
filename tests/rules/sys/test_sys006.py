from __future__ import annotations

from doctor.core.machine.system import LIMITS, Limits
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import distribution, judge, unknown


def outcome(version: str, soft: int, hard: int) -> Outcome:
    limits = Limits(open_files=soft, open_files_hard=hard, locked_memory=-1)
    return judge("SYS006", {LIMITS: limits, DISTRIBUTIONS: (distribution("vllm", version),)})


def test_an_old_vllm_keeps_the_soft_limit() -> None:
    found = outcome("0.5.5", 1024, 1048576)
    (problem,) = found.problems
    assert "soft limit of open files is 1024" in problem.message
    assert found.severity is Severity.INFO


def test_a_newer_one_raises_it_itself() -> None:
    assert outcome("0.6.6", 1024, 1048576).verdict is Verdict.HEALTHY
    assert outcome("0.6.6", 1024, 4096).verdict is Verdict.HEALTHY
    assert outcome("0.6.6", 4096, 4095).problems[0].message.startswith("the hard limit")


def test_a_newer_one_cannot_raise_it_above_the_hard_limit() -> None:
    (problem,) = outcome("0.32.0", 1024, 2048).problems
    assert "hard limit of open files is 2048" in problem.message


def test_unlimited_is_enough() -> None:
    assert outcome("0.5.5", -1, -1).verdict is Verdict.HEALTHY


def test_without_vllm_there_is_no_server_to_judge() -> None:
    limits = Limits(open_files=16, open_files_hard=16, locked_memory=-1)
    assert judge("SYS006", {LIMITS: limits, DISTRIBUTIONS: ()}).verdict is Verdict.NOT_APPLICABLE


def test_unknown_limits_are_undetermined() -> None:
    facts = {LIMITS: unknown(), DISTRIBUTIONS: (distribution("vllm", "0.5.5"),)}
    assert judge("SYS006", facts).verdict is Verdict.UNKNOWN


def test_a_vllm_whose_version_cannot_be_read_may_keep_the_soft_limit() -> None:
    found = outcome("nightly", 1024, 1048576)
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons == ("the version of vllm cannot be read: nightly",)
