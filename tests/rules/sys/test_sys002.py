from __future__ import annotations

from typing import Any

import pytest

from doctor.core.fact import Reason
from doctor.core.interpreter import PLATFORM
from doctor.core.machine.gpu import GPUS
from doctor.core.machine.system import SHARED_MEMORY, SharedMemory
from doctor.core.report import Cause, Outcome, Severity, Verdict
from tests.facts import absent, gpu, judge, platform, unknown


def outcome(size: int = 8192, free: int = 8192, gpus: Any = (), **changes: Any) -> Outcome:
    facts = {SHARED_MEMORY: SharedMemory(size=size, free=free), GPUS: gpus, PLATFORM: platform(**changes)}
    return judge("SYS002", facts)


def test_a_large_shared_memory_is_healthy() -> None:
    assert outcome(gpus=(gpu(0), gpu(1))).verdict is Verdict.HEALTHY


def test_dockers_default_is_a_warning_with_several_gpus() -> None:
    found = outcome(64, 64, (gpu(0), gpu(1)), container="docker")
    (problem,) = found.problems
    assert "/dev/shm is 64 MiB; work on 2 GPUs needs at least 1024 MiB" in problem.message
    assert problem.severity is Severity.WARNING
    assert found.cause_of(problem) is Cause.SHARED_MEMORY


@pytest.mark.parametrize("gpus", [absent("no GPU"), (), (gpu(0),)])
def test_with_one_gpu_or_none_it_is_worth_knowing_only(gpus: Any) -> None:
    (problem,) = outcome(64, 64, gpus, container="docker").problems
    assert problem.severity is Severity.INFO
    assert "work on several processes needs at least" in problem.message


def test_a_full_shared_memory_is_found_although_it_is_large() -> None:
    (problem,) = outcome(8192, 100).problems
    assert "100 of 8192 MiB are free in /dev/shm; work on several processes needs 160 MiB" in problem.message


def test_what_is_asked_for_is_enough() -> None:
    assert outcome(1024, 160).verdict is Verdict.HEALTHY
    assert outcome(1024, 159).verdict is Verdict.PROBLEM
    assert outcome(1023, 1000).verdict is Verdict.PROBLEM


@pytest.mark.parametrize(
    ("container", "word"), [("docker", "--shm-size"), ("kubernetes", "emptyDir"), ("", "until the next boot")]
)
def test_the_remedy_fits_the_kind_of_machine(container: str, word: str) -> None:
    (problem,) = outcome(64, 64, container=container).problems
    assert word in problem.remedies[0].text


def test_a_system_without_shared_memory_is_not_judged() -> None:
    facts = {SHARED_MEMORY: absent(), GPUS: (), PLATFORM: platform()}
    assert judge("SYS002", facts).verdict is Verdict.NOT_APPLICABLE


def test_gpus_that_cannot_be_counted_leave_it_undetermined() -> None:
    assert outcome(gpus=unknown()).verdict is Verdict.UNKNOWN


def test_where_nobody_says_how_many_gpus_there_are_it_is_a_warning() -> None:
    nobody = unknown(Reason.NOT_STATED)
    facts = {SHARED_MEMORY: SharedMemory(size=64, free=64), GPUS: nobody, PLATFORM: nobody}
    found = judge("SYS002", facts)
    (problem,) = found.problems
    assert problem.severity is Severity.WARNING
    assert "several processes" in problem.message
    assert "how many GPUs there are" in found.reasons[0]
    assert "--shm-size" in problem.remedies[0].text
