from __future__ import annotations

import pytest

from doctor.core.machine.gpu import Gpu
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Safety, Severity, Verdict
from doctor.engine.complete import complete
from tests.facts import absent, distribution, gpu, interpreter, known, snapshot, torch_build, unknown
from tests.rules.gpu.machines import (
    A100,
    B200,
    GB10,
    NOT_STATED,
    P100,
    RTX_4090,
    RTX_5090,
    T4,
    V100,
    machine,
    matrix,
    verdict_of,
    visible,
    without_gpu,
)

CODE = "GPU004"


@pytest.mark.parametrize(
    ("device", "torch", "index"),
    [
        (RTX_5090, "2.6.0+cu124", "cu128"),
        (RTX_5090, "2.7.1+cu126", "cu128"),
        (B200, "2.4.0+cu121", "cu128"),
        (V100, "2.11.0+cu130", "cu126"),
        (P100, "2.8.0+cu128", "cu126"),
        (gpu(0, "Tesla K80", "3.7"), "2.4.0+cu121", "cu118"),
    ],
)
def test_a_gpu_without_kernels_in_torch_is_named(device: Gpu, torch: str, index: str) -> None:
    (problem,) = verdict_of(CODE, machine(device, torch=torch)).problems
    assert torch in problem.message
    assert device.name.value in problem.message  # type: ignore[attr-defined]
    assert "and nothing of that runs on" in problem.message
    assert problem.remedies[0].text.startswith(f"Install the {index} build of torch, ")
    assert f"https://download.pytorch.org/whl/{index}" in problem.remedies[0].commands[0]
    assert problem.remedies[0].commands[0][-1].endswith(f"+{index}")


@pytest.mark.parametrize(
    ("packages", "named"),
    [
        ({"vllm": "0.6.3"}, "torch 2.4.0, which vllm 0.6.3 requires, is compiled for"),
        ({"vllm": "0.6.3", "torch": "2.4.0"}, "torch 2.4.0 is compiled for"),
    ],
)
def test_a_torch_that_only_the_pin_of_vllm_tells_of_is_named_as_that(packages: dict[str, str], named: str) -> None:
    facts = machine(RTX_5090, torch_build=NOT_STATED)
    facts[DISTRIBUTIONS] = tuple(distribution(name, version) for name, version in packages.items())
    facts[TORCH_BUILD] = complete(snapshot(facts), matrix()).get(TORCH_BUILD)
    (problem,) = verdict_of(CODE, facts).problems
    assert problem.message.startswith(named)


def test_under_a_vllm_that_pins_torch_both_are_moved() -> None:
    facts = machine(RTX_5090, torch="2.4.0+cu121", packages={"vllm": "0.5.5"})
    (problem,) = verdict_of(CODE, facts).problems
    assert problem.remedies[0].commands[0][-1] == "vllm>=0.10.2,<0.20"


@pytest.mark.parametrize(
    ("device", "torch"),
    [
        (GB10, "2.9.1+cu128"),
        (GB10, "2.13.0+cu130"),
        (RTX_4090, "2.4.0+cu121"),
        (RTX_5090, "2.8.0+cu128"),
        (T4, "2.15.0+cu132"),
        (A100, "2.1.2+cu121"),
        (V100, "2.10.0+cu128"),
    ],
)
def test_machine_code_of_the_same_major_version_runs(device: Gpu, torch: str) -> None:
    assert verdict_of(CODE, machine(device, torch=torch)).verdict is Verdict.HEALTHY


def test_what_torch_itself_says_counts_before_the_release() -> None:
    built = torch_build("2.7.0+cu126", "12.6", architectures=known(("sm_120",)))
    assert verdict_of(CODE, machine(RTX_5090, torch_build=built)).verdict is Verdict.HEALTHY


def test_the_release_on_the_index_has_no_local_version() -> None:
    built = torch_build("2.11.0", "13.0", architectures=NOT_STATED)
    assert verdict_of(CODE, machine(torch_build=built)).verdict is Verdict.HEALTHY


def test_the_release_says_nothing_of_a_build_for_another_cuda_version() -> None:
    assert verdict_of(CODE, machine(RTX_4090, torch="2.7.0+cu127")).verdict is Verdict.UNKNOWN


def test_the_release_says_nothing_of_a_build_for_another_processor() -> None:
    other = interpreter(markers={**interpreter().markers, "platform_machine": "ppc64le"})
    facts = machine(A100, torch="2.11.0+cu130", interpreter=other)
    assert verdict_of(CODE, facts).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("device", "cuda", "severity"),
    [
        (V100, "13.9", Severity.ERROR),
        (V100, "12.9", None),
        (RTX_5090, "12.7", Severity.WARNING),
        (RTX_5090, "13.9", None),
    ],
)
def test_of_a_build_that_no_row_tells_of_its_cuda_says_what_it_cannot_hold(device, cuda: str, severity) -> None:
    """CUDA 12.8 is the first that compiles for Blackwell and 12.9 the last that does for Volta."""
    built = torch_build(f"2.99.0+cu{cuda.replace('.', '')}", cuda, architectures=NOT_STATED)
    found = verdict_of(CODE, machine(device, torch_build=built))
    assert [found.severity_of(problem) for problem in found.problems] == ([severity] if severity else [])
    assert found.verdict is (Verdict.PROBLEM if severity else Verdict.UNKNOWN)
    assert any(item.key.startswith("generation ") for item in found.evidence)


def test_of_a_gpu_that_the_matrix_does_not_know_the_cuda_tells_nothing() -> None:
    built = torch_build("2.99.0+cu139", "13.9", architectures=NOT_STATED)
    assert verdict_of(CODE, machine(gpu(0, "NVIDIA X9000", "99.0"), torch_build=built)).verdict is Verdict.UNKNOWN


def test_targets_that_could_not_be_read_are_undetermined() -> None:
    built = torch_build(architectures=unknown())
    assert verdict_of(CODE, machine(torch_build=built)).verdict is Verdict.UNKNOWN


def test_a_gpu_that_is_hidden_is_not_judged() -> None:
    old = gpu(1, "Tesla P100-PCIE-16GB", "6.0")
    everything = machine(gpu(0), old, torch="2.8.0+cu128")
    hidden = machine(gpu(0), old, torch="2.8.0+cu128", visible_devices=visible("0", 0))
    assert verdict_of(CODE, everything).verdict is Verdict.PROBLEM
    assert verdict_of(CODE, hidden).verdict is Verdict.HEALTHY


def test_a_gpu_that_did_not_answer_does_not_hide_the_other() -> None:
    silent = gpu(1, "NVIDIA H100 80GB HBM3", unknown())
    assert verdict_of(CODE, machine(gpu(0), silent)).verdict is Verdict.UNKNOWN
    assert verdict_of(CODE, machine(RTX_5090, silent)).verdict is Verdict.PROBLEM


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(torch_build=absent())).verdict is Verdict.NOT_APPLICABLE
    rocm = torch_build("2.4.0+rocm6.1", "", hip="6.1")
    assert verdict_of(CODE, machine(torch_build=rocm)).verdict is Verdict.NOT_APPLICABLE


def test_a_build_of_which_only_the_targets_are_stated() -> None:
    """As a warning of torch lists them: neither its version nor the other packages are known."""
    build = torch_build("", "?", architectures=known(("sm_80", "sm_90")))
    facts = machine(RTX_5090, torch_build=build, distributions=NOT_STATED, interpreter=NOT_STATED)
    (problem,) = verdict_of(CODE, facts).problems
    assert problem.message.startswith("torch is compiled for sm_80, sm_90")
    assert problem.remedies[0].commands[0][:4] == ("uv", "pip", "install", "--python")


def test_a_build_of_which_not_even_the_cuda_is_known_is_undetermined() -> None:
    found = verdict_of(CODE, machine(RTX_5090, torch_build=torch_build("", "?", architectures=NOT_STATED)))
    assert (found.verdict, found.problems) == (Verdict.UNKNOWN, ())


@pytest.mark.parametrize("packages", [{}, {"vllm": "0.5.5"}])
def test_for_a_gpu_that_no_current_build_runs_on_no_command_is_given(packages: dict[str, str]) -> None:
    (problem,) = verdict_of(CODE, machine(gpu(0, "GRID K520", "3.0"), packages=packages)).problems
    (remedy,) = problem.remedies
    assert (remedy.safety, remedy.commands) == (Safety.MANUAL, ())
    assert "use a newer one" in remedy.text


@pytest.mark.parametrize(
    ("gpus", "verdict"), [((RTX_4090, RTX_4090), Verdict.HEALTHY), ((RTX_4090, T4), Verdict.UNKNOWN)]
)
def test_which_of_several_kinds_of_gpu_a_text_means_is_not_known(gpus: tuple[Gpu, ...], verdict: Verdict) -> None:
    """Of equal ones it does not matter which are visible."""
    facts = machine(*gpus, visible_devices=NOT_STATED)
    assert verdict_of(CODE, facts).verdict is verdict


def test_where_all_gpus_are_hidden_another_rule_says_it() -> None:
    assert verdict_of(CODE, machine(P100, visible_devices=visible(""))).verdict is Verdict.NOT_APPLICABLE


def test_where_only_ptx_runs_it_is_a_warning() -> None:
    """torch itself says "not compatible with the current PyTorch installation" of such a GPU."""
    build = torch_build("2.2.2+cu118", "11.8", architectures=known(("sm_80", "sm_90", "compute_37")))
    outcome = verdict_of(CODE, machine(RTX_5090, torch_build=build))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert "runs only PTX" in problem.message


@pytest.mark.parametrize(
    ("device", "torch", "verdict"),
    [
        (RTX_5090, "2.6.0.dev20241112+cu121", Verdict.PROBLEM),
        (RTX_5090, "2.6.0.dev20250101+cu128", Verdict.UNKNOWN),
        (RTX_4090, "2.6.0.dev20241112+cu121", Verdict.UNKNOWN),
    ],
)
def test_of_a_nightly_build_its_cuda_tells_what_it_cannot_hold(device: Gpu, torch: str, verdict: Verdict) -> None:
    outcome = verdict_of(CODE, machine(device, torch=torch))
    assert outcome.verdict is verdict
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.WARNING] * (
        verdict is Verdict.PROBLEM
    )
