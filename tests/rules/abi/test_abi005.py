from __future__ import annotations

from typing import Any

import pytest

from doctor.core.fact import Reason
from doctor.core.packages.extension import EXTENSIONS, TorchBuild
from doctor.core.report import Severity, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import absent, distribution, unknown
from tests.rules.abi.environments import CUDA_NEEDS, commands_of, environment, extension, judge, torch, torch_build

CODE = "ABI005"
CUDA_13 = ("libc10.so", "libtorch_cuda.so", "libcudart.so.13")


@pytest.mark.parametrize("cuda", ["12.1", "12.9"])
def test_minor_versions_of_one_major_may_differ(cuda: str) -> None:
    facts = environment(extension("vllm", needed=CUDA_NEEDS), build=torch_build(cuda=cuda))
    assert judge(CODE, facts).verdict is Verdict.HEALTHY


def test_a_cpu_torch_is_left_to_another_rule() -> None:
    build = torch_build("2.13.0+cpu", "", architectures=absent())
    assert judge(CODE, environment(extension("vllm", needed=CUDA_NEEDS), build=build)).verdict is Verdict.HEALTHY


def test_vllm_for_cuda_13_on_a_torch_for_cuda_12() -> None:
    vllm = distribution("vllm", "0.22.0", "torch==2.11.0")
    facts = environment(
        extension("vllm", needed=CUDA_13, missing_libraries=("libcudart.so.13",)),
        build=torch_build("2.11.0+cu129", "12.9"),
        distributions=(vllm, torch("2.11.0+cu129")),
    )
    outcome = judge(CODE, facts)
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert "built for CUDA 13" in problem.message
    assert "for CUDA 12.9" in problem.message
    assert commands_of(outcome)[-1].endswith("torch==2.11.0")


@pytest.mark.parametrize(("name", "severity"), [("vllm", Severity.WARNING), ("torchvision", Severity.ERROR)])
def test_two_runtimes_in_one_process_are_a_risk_and_torchvision_refuses_them(name: str, severity: Severity) -> None:
    outcome = judge(CODE, environment(extension(name, needed=CUDA_13)))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is severity
    assert "two CUDA runtimes" in problem.message


def test_a_file_that_links_no_torch_may_be_for_any_cuda() -> None:
    item = extension("bitsandbytes", needed=("libcudart.so.11.0",), links_torch=False)
    assert judge(CODE, environment(item)).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("vllm", "build", "verdict"),
    [
        ("0.22.0", torch_build("2.11.0+cu129", "12.9"), Verdict.PROBLEM),
        ("0.22.0", torch_build("2.11.0", "13.0"), Verdict.HEALTHY),
        ("0.19.0", torch_build("2.11.0+cu129", "12.9"), Verdict.HEALTHY),
        ("99.0", torch_build("2.11.0", "13.0"), Verdict.UNKNOWN),
    ],
)
def test_of_a_list_of_versions_the_wheel_is_compared(vllm: str, build: TorchBuild, verdict: Verdict) -> None:
    facts = environment(build=build, distributions=(distribution("vllm", vllm), torch(build.version)))
    facts[EXTENSIONS] = unknown(Reason.NOT_STATED)
    assert judge(CODE, facts, load_matrix()).verdict is verdict


@pytest.mark.parametrize(
    ("installed", "build"),
    [
        ((torch(),), torch_build()),
        ((distribution("vllm", "0.22.0", origin="local"), torch()), torch_build()),
        ((distribution("vllm", "0.22.0"), torch()), torch_build("2.11.0+rocm7.1", "", hip="7.1")),
    ],
)
def test_a_list_without_a_wheel_of_the_index_for_cuda_is_not_judged(installed: Any, build: TorchBuild) -> None:
    facts = environment(build=build, distributions=installed)
    facts[EXTENSIONS] = unknown(Reason.NOT_STATED)
    assert judge(CODE, facts, load_matrix()).verdict is Verdict.NOT_APPLICABLE


def test_libraries_of_torch_itself_are_not_judged() -> None:
    assert judge(CODE, environment(extension("torch", needed=CUDA_13))).verdict is Verdict.HEALTHY


def test_a_runtime_that_is_not_there_is_said() -> None:
    item = extension("vllm", needed=CUDA_13, missing_libraries=("libcudart.so.13",))
    (problem,) = judge(CODE, environment(item)).problems
    assert "libcudart.so.13, which is not there)" in problem.message


def test_what_the_wheel_of_a_list_was_compared_with_is_cited() -> None:
    def outcome(version: str, build: TorchBuild) -> Any:
        facts = environment(build=build, distributions=(distribution("vllm", version), torch(build.version)))
        return judge(CODE, {**facts, EXTENSIONS: unknown(Reason.NOT_STATED)}, load_matrix())

    assert "wheel vllm 0.22.0" in {item.key for item in outcome("0.22.0", torch_build("2.11.0", "13.0")).evidence}
    assert outcome("99.0", torch_build("2.11.0", "13.0")).reasons == (
        "the matrix has no row for the wheel of vllm 99.0",
    )
    assert outcome("0.22.0", torch_build("2.11.0+cpu", "", architectures=absent())).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("name", "requires", "command"),
    [
        ("vllm", (), "--no-cache-dir vllm==0.5.5"),
        ("torchvision", ("torch==2.4.0",), "torchvision torch==2.4.0"),
        ("vllm", ("torch==2.4.0",), "torch==2.4.0"),
    ],
)
def test_the_torch_that_is_pinned_is_installed_or_else_the_extension(
    name: str, requires: tuple[str, ...], command: str
) -> None:
    owner = distribution(name, "0.5.5", *requires)
    outcome = judge(CODE, environment(extension(name, needed=CUDA_13), distributions=(owner, torch())))
    assert commands_of(outcome)[-1].endswith(command)
    assert any("uninstall" in line for line in commands_of(outcome)) is (name == "vllm" and bool(requires))
