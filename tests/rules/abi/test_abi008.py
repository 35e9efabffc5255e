from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import distribution, interpreter, unknown
from tests.rules.abi.environments import commands_of, environment, judge, torch

CODE = "ABI008"
NOT_STATED = unknown(Reason.NOT_STATED, "a list of versions")


def judged(*distributions: Distribution) -> Outcome:
    return judge(CODE, environment(distributions=distributions))


@pytest.mark.parametrize(
    ("torch_version", "name", "version"),
    [
        ("1.13.1", "torchvision", "0.14.1"),
        ("2.0.1", "torchvision", "0.15.2"),
        ("2.4.0", "torchvision", "0.19.0"),
        ("2.7.0a0+ecf3bae40a.nv25.2", "torchvision", "0.22.0a0"),
        ("2.13.0+cpu", "torchvision", "0.28.0"),
        ("2.8.0", "torchaudio", "2.8.0"),
        ("1.13.1", "torchaudio", "0.13.1"),
        ("2.13.0", "torchaudio", "2.11.0"),
        # Metadata of torchvision states a lower bound only since 0.29.1.
        ("2.15.0", "torchvision", "0.29.2"),
        ("2.15.0+cu130", "torchvision", "0.29.1+cu130"),
        ("2.8.0.dev20250326+cu128", "torchvision", "0.22.0.dev20250326+cu128"),
        ("2.5.1+cu124", "torchvision", "0.20.1+cu121"),
        ("2.5.1+cu124", "torchaudio", "2.5.1"),
        ("2.5.1+cu124", "torchaudio", "2.5.1+cpu"),
        ("2.5.1", "torchvision", "0.20.1+cu121"),
        ("2.5.1+rocm6.2", "torchvision", "0.20.1+rocm6.1"),
    ],
)
def test_releases_that_belong_together_are_healthy(torch_version: str, name: str, version: str) -> None:
    assert judged(torch(torch_version), distribution(name, version)).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("torch_version", "name", "version", "needed", "severity"),
    [
        ("2.6.0", "torchvision", "0.20.1", "torch 2.5", Severity.ERROR),
        ("2.5.1", "torchvision", "0.21.0", "torch 2.6", Severity.ERROR),
        ("2.6.0", "torchvision", "0.20.0.dev20240901", "torch 2.5", Severity.ERROR),
        ("2.1.0", "torchvision", "0.12.0+cu113", "torch 1.11", Severity.ERROR),
        ("2.5.1", "torchaudio", "2.4.0", "torch 2.4", Severity.WARNING),
    ],
)
def test_another_torch_is_named(torch_version: str, name: str, version: str, needed: str, severity: Severity) -> None:
    outcome = judged(torch(torch_version), distribution(name, version))
    (problem,) = outcome.problems
    assert f"belongs to {needed}" in problem.message
    assert f"torch {torch_version} is installed" in problem.message
    assert outcome.severity_of(problem) is severity
    assert commands_of(outcome)[0].endswith(f"{name} torch=={torch_version}")


def test_a_companion_that_states_its_torch_is_only_mentioned() -> None:
    """PKG001 says it as an error, and one fault is told once."""
    outcome = judged(torch("2.5.1"), distribution("torchvision", "0.19.0", "torch==2.4.0"))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.INFO]


def test_where_vllm_needs_another_torch_the_companion_follows_that_one() -> None:
    vllm = distribution("vllm", "0.5.5", "torch==2.4.0")
    outcome = judged(torch("2.5.1"), distribution("torchvision", "0.19.0", "torch==2.4.0"), vllm)
    assert commands_of(outcome)[0].endswith("torch==2.4.0 torchvision")


def test_a_version_that_cannot_be_read_is_undetermined() -> None:
    assert judged(torch(), distribution("torchvision", "built-by-hand")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("alone", [torch(), distribution("torchvision", "0.19.0")])
def test_one_of_them_alone_is_not_judged(alone: Distribution) -> None:
    assert judged(alone).verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("version", ["0.20.1", "built-by-hand", "0.20.1+fdea156", "0.20.0.dev20240901"])
def test_what_is_said_of_torchvision_hides_no_torchaudio(version: str) -> None:
    present = "2.5.0.dev20240901" if "dev" in version else "2.5.1"
    (problem,) = judged(
        torch(present), distribution("torchvision", version), distribution("torchaudio", "2.4.0")
    ).problems
    assert problem.subject == "torchaudio"


def test_unknown_distributions_are_undetermined() -> None:
    assert judge(CODE, {**environment(), DISTRIBUTIONS: unknown()}).verdict is Verdict.UNKNOWN


def test_a_build_of_its_own_may_belong_to_any_torch() -> None:
    outcome = judged(torch("2.1.0"), distribution("torchvision", "0.17.1+fdea156"))
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reasons == (
        "torchvision 0.17.1+fdea156 is a build of its own, which fits the torch that it was built with",
    )


@pytest.mark.parametrize(
    ("torch_version", "name", "version", "severities"),
    [
        ("2.9.0+cpu", "torchvision", "0.24.0", [Severity.ERROR]),
        ("2.9.0+cpu", "torchvision", "0.24.0+cu128", [Severity.ERROR]),
        ("2.8.0+cpu", "torchaudio", "2.8.0", [Severity.WARNING]),
        ("2.9.0+cpu", "torchaudio", "2.9.0", []),
        ("2.9.0+cpu", "torchvision", "0.24.0+cpu", []),
        ("2.9.0+cu128", "torchvision", "0.24.0", []),
    ],
)
def test_a_listed_wheel_for_cuda_does_not_go_with_a_torch_without(
    torch_version: str, name: str, version: str, severities: list[Severity]
) -> None:
    outcome = judged(torch(torch_version), distribution(name, version, requires=NOT_STATED))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == severities
    assert all("needs its libraries" in problem.message for problem in outcome.problems)


def test_of_installed_files_and_of_another_processor_it_is_not_said() -> None:
    """The files tell what they need; on aarch64 the index has wheels without CUDA."""
    assert judged(torch("2.9.0+cpu"), distribution("torchvision", "0.24.0")).verdict is Verdict.HEALTHY
    arm = interpreter(markers={**interpreter().markers, "platform_machine": "aarch64"})
    listed = distribution("torchvision", "0.24.0", requires=NOT_STATED)
    facts = {**environment(distributions=(torch("2.9.0+cpu"), listed)), INTERPRETER: arm}
    assert judge(CODE, facts).verdict is Verdict.HEALTHY
    of_conda = dataclasses.replace(listed, origin="conda")
    assert judged(torch("2.9.0+cpu"), of_conda).verdict is Verdict.HEALTHY


def test_nightly_builds_of_different_days_are_undetermined() -> None:
    outcome = judged(torch("2.8.0.dev20250326"), distribution("torchvision", "0.22.0.dev20250301"))
    assert (outcome.problems, outcome.verdict) == ((), Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("name", "version"),
    [("torchaudio", "2.0.2+cu117"), ("torchaudio", "2.11.0+cu126"), ("torchvision", "0.15.2+cu121")],
)
def test_a_companion_refuses_another_cuda_than_that_of_torch(name: str, version: str) -> None:
    outcome = judged(
        torch("2.11.0+cu130" if version.startswith("2.11") else "2.0.1+cu118"), distribution(name, version)
    )
    [problem] = outcome.problems
    assert "is built for another CUDA" in problem.message


def test_a_torchvision_for_cpus_beside_a_torch_for_cuda() -> None:
    [problem] = judged(torch("2.9.0+cu130"), distribution("torchvision", "0.24.0+cpu")).problems
    assert "is the build for CPUs" in problem.message
