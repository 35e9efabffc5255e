from __future__ import annotations

from typing import Any

import pytest

from doctor.core.interpreter import PLATFORM
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import distribution, judge, platform, unknown

VLLM = (distribution("vllm", "0.5.5"),)


def outcome(distributions: Any = VLLM, **changes: Any) -> Outcome:
    return judge("SYS001", {PLATFORM: platform(**changes), DISTRIBUTIONS: distributions})


@pytest.mark.parametrize("machine", ["x86_64", "aarch64", "AMD64", "arm64"])
def test_linux_with_glibc_is_healthy(machine: str) -> None:
    assert outcome(machine=machine).verdict is Verdict.HEALTHY


def test_musl_is_an_error() -> None:
    (problem,) = outcome(libc="musl", libc_version="", distribution="Alpine Linux v3.20").problems
    assert "Alpine Linux v3.20 runs on the C library musl" in problem.message
    assert problem.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("system", "name", "distributions", "severity"),
    [
        ("Windows", "Windows", VLLM, Severity.ERROR),
        ("Windows", "Windows", (), Severity.INFO),
        ("Darwin", "macOS", VLLM, Severity.WARNING),
        ("Darwin", "macOS", (), Severity.INFO),
        ("FreeBSD", "FreeBSD", VLLM, Severity.WARNING),
    ],
)
def test_another_system_weighs_more_where_vllm_is_installed(
    system: str, name: str, distributions: Any, severity: Severity
) -> None:
    (problem,) = outcome(distributions, system=system, libc="").problems
    assert problem.subject == name and f"this is {name};" in problem.message
    assert problem.severity is severity


@pytest.mark.parametrize(
    ("machine", "severity"),
    [
        ("ppc64le", Severity.WARNING),
        ("riscv64", Severity.WARNING),
        ("s390x", Severity.WARNING),
        ("i686", Severity.ERROR),
    ],
)
def test_a_processor_without_wheels_is_named(machine: str, severity: Severity) -> None:
    (problem,) = outcome(machine=machine).problems
    assert machine in problem.message
    assert problem.severity is severity


def test_an_unknown_platform_is_undetermined() -> None:
    facts = {PLATFORM: unknown(), DISTRIBUTIONS: VLLM}
    assert judge("SYS001", facts).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("change", [{"machine": ""}, {"libc": "", "libc_version": ""}])
def test_a_linux_of_which_a_text_leaves_something_out_is_undetermined(change: dict[str, str]) -> None:
    found = outcome(**change)
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons[0].startswith("C library or processor")
