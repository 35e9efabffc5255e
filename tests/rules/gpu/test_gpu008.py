from __future__ import annotations

import pytest

from doctor.core.machine.gpu import Nvml
from doctor.core.report import Severity, Verdict
from tests.facts import platform, unknown
from tests.rules.gpu.machines import machine, verdict_of, without_gpu

CODE = "GPU008"


def fault(word: str, *hardware: str) -> Nvml:
    return Nvml(fault=word, detail="NVML says so", hardware=hardware)


@pytest.mark.parametrize(
    ("word", "words"),
    [
        ("no-library", "Install the NVIDIA driver"),
        ("unreadable-library", "Install the NVIDIA driver"),
        ("version-mismatch", "Restart the machine"),
        ("driver-not-loaded", "Load the kernel module"),
        ("no-permission", "read and write access"),
        ("gpu-lost", "Xid 79"),
        ("reset-required", "Xid 79"),
        ("failed", "Install the NVIDIA driver"),
    ],
)
def test_each_fault_is_an_error_with_its_own_remedy(word: str, words: str) -> None:
    outcome = verdict_of(CODE, machine(nvml=fault(word, "0000:01:00.0 nvidia"), gpus=unknown(), driver=unknown()))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert "0000:01:00.0 nvidia" in problem.message
    assert "NVML says so" in problem.message
    assert words in problem.remedies[0].text


def test_a_module_of_the_old_driver_can_be_reloaded() -> None:
    (problem,) = verdict_of(CODE, machine(nvml=fault("version-mismatch"))).problems
    assert problem.remedies[1].commands[1] == ("sudo", "modprobe", "nvidia")


def test_nouveau_is_named_where_it_holds_the_gpu() -> None:
    two = ("0000:01:00.0 nouveau", "0000:02:00.0 nvidia")
    (problem,) = verdict_of(CODE, machine(nvml=fault("driver-not-loaded", *two))).problems
    assert "nouveau" in problem.remedies[0].text
    (problem,) = verdict_of(CODE, machine(nvml=fault("driver-not-loaded"))).problems
    assert problem.remedies[0].text == "Load the kernel module"
    assert problem.message.endswith("(NVML says so); a working driver is needed")


def test_a_container_without_its_gpus_is_a_warning() -> None:
    facts = machine(nvml=fault("no-library", "0000:01:00.0 nvidia"), platform=platform(container="docker"))
    outcome = verdict_of(CODE, facts)
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert "--gpus all" in problem.remedies[0].text


def test_a_container_that_lost_its_gpus_is_an_error() -> None:
    outcome = verdict_of(CODE, machine(nvml=fault("failed"), platform=platform(container="docker")))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.ERROR]
    assert "Restart the container" in outcome.problems[0].remedies[0].text
    unread = machine(nvml=fault("unreadable-library"), platform=platform(container="docker"))
    assert "Install the NVIDIA driver again" in verdict_of(CODE, unread).problems[0].remedies[0].text


def test_a_library_that_starts_is_sound() -> None:
    assert verdict_of(CODE, machine()).verdict is Verdict.HEALTHY


def test_a_library_that_hung_is_undetermined() -> None:
    assert verdict_of(CODE, machine(nvml=unknown())).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_hardware_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    facts = machine(torch="2.4.0+cpu", nvml=fault("version-mismatch"))
    assert verdict_of(CODE, facts).verdict is Verdict.NOT_APPLICABLE
