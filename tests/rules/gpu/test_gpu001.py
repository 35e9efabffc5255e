from __future__ import annotations

import pytest

from doctor.core.machine.gpu import Driver
from doctor.core.report import Severity, Verdict
from doctor.core.snapshot import Snapshot
from doctor.engine.catalogue import load
from doctor.engine.judge import apply
from doctor.intake.stated import Stated, StatedPackage
from doctor.intake.stated_facts import facts_of
from doctor.intake.stated_platform import Said
from tests.facts import absent, driver, gpu, interpreter, judge, known, torch_build, unknown
from tests.rules.gpu.machines import (
    A100,
    NOT_STATED,
    RTX_4090,
    RTX_5090,
    V100,
    machine,
    matrix,
    verdict_of,
    without_gpu,
)

CODE = "GPU001"


def only_cuda(cuda: str) -> Driver:
    return Driver(version=NOT_STATED, cuda=known(cuda), kernel_module=NOT_STATED)


@pytest.mark.parametrize(
    ("torch", "version", "cuda"),
    [
        ("2.4.0+cu121", "550.54.14", "12.4"),
        ("2.3.0+cu121", "525.105.17", "12.0"),
        ("2.8.0+cu129", "570.124.06", "12.8"),
        ("2.7.1+cu126", "535.216.01", "12.2"),
        ("2.11.0+cu130", "580.65.06", "13.0"),
        ("2.13.0+cu130", "580.173.02", "13.0"),
        ("2.1.0+cu118", "470.57.02", "11.4"),
    ],
)
def test_minor_versions_run_on_older_drivers_of_the_major(torch: str, version: str, cuda: str) -> None:
    assert verdict_of(CODE, machine(torch=torch, driver=driver(version, cuda))).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("torch", "version", "cuda"),
    [("2.4.0+cu121", "470.57.02", "11.4"), ("2.11.0+cu130", "575.64.03", "12.9"), ("2.15.0+cu132", "570.26", "12.8")],
)
def test_a_driver_of_an_older_major_version_is_too_old(torch: str, version: str, cuda: str) -> None:
    outcome = verdict_of(CODE, machine(torch=torch, driver=driver(version, cuda)))
    (problem,) = outcome.problems
    assert version in problem.message
    assert torch in problem.message
    assert "or newer" in problem.message


def test_the_release_of_torch_on_the_index_counts_without_a_local_version() -> None:
    build = torch_build("2.11.0", "13.0")
    assert verdict_of(CODE, machine(torch_build=build, driver=driver("550.54.14", "12.4"))).verdict is Verdict.PROBLEM


def test_the_wheel_of_vllm_counts_when_torch_is_not_known() -> None:
    facts = machine(torch_build=NOT_STATED, packages={"vllm": "0.20.2"}, driver=driver("535", "12.8"))
    (problem,) = verdict_of(CODE, facts).problems
    assert "vllm 0.20.2 is built for CUDA 13.0" in problem.message
    assert "vllm<0.20" in problem.remedies[1].commands[0]


def test_the_wheel_of_vllm_alone_is_not_health() -> None:
    facts = machine(torch_build=NOT_STATED, packages={"vllm": "0.20.2"}, driver=driver("580.65.06", "13.0"))
    assert verdict_of(CODE, facts).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("processor", "verdict"), [("aarch64", Verdict.PROBLEM), ("ppc64le", Verdict.UNKNOWN)])
def test_a_wheel_for_another_processor_says_nothing(processor: str, verdict: Verdict) -> None:
    other = interpreter(markers={**interpreter().markers, "platform_machine": processor})
    old = driver("535", "12.2")
    facts = machine(torch_build=NOT_STATED, packages={"vllm": "0.20.2"}, driver=old, interpreter=other)
    assert verdict_of(CODE, facts).verdict is verdict


@pytest.mark.parametrize(("cuda", "verdict"), [("11.4", Verdict.PROBLEM), ("12.0", Verdict.HEALTHY)])
def test_a_text_may_state_only_the_cuda_version_of_the_driver(cuda: str, verdict: Verdict) -> None:
    assert verdict_of(CODE, machine(driver=only_cuda(cuda))).verdict is verdict


def test_a_forward_compatible_libcuda_counts_as_what_it_supports() -> None:
    facts = machine(torch="2.11.0+cu130", driver=driver("550.54.14", "13.0"))
    assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY


def test_the_version_of_the_kernel_module_can_tell_a_problem_but_not_health() -> None:
    broken = unknown()
    old = Driver(version=broken, cuda=broken, kernel_module=known("470.57.02"))
    new = Driver(version=broken, cuda=broken, kernel_module=known("580.65.06"))
    assert verdict_of(CODE, machine(driver=old)).verdict is Verdict.PROBLEM
    assert verdict_of(CODE, machine(driver=new)).verdict is Verdict.UNKNOWN


def test_an_unknown_cuda_version_or_driver_is_undetermined() -> None:
    assert verdict_of(CODE, machine(torch_build=torch_build("9.0", "99.1"))).verdict is Verdict.UNKNOWN
    assert verdict_of(CODE, machine(driver=unknown())).verdict is Verdict.UNKNOWN
    assert verdict_of(CODE, machine(driver=driver("580+", "13.0"))).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_a_driver_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(torch_build=absent())).verdict is Verdict.NOT_APPLICABLE


def test_a_driver_below_every_wheel_where_nobody_states_what_is_installed() -> None:
    nothing = {"distributions": NOT_STATED, "torch_build": NOT_STATED}
    old, new = (Driver(version=NOT_STATED, kernel_module=NOT_STATED, cuda=known(cuda)) for cuda in ("11.4", "12.2"))
    outcome = verdict_of(CODE, machine(driver=old, **nothing))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert verdict_of(CODE, machine(driver=new, **nothing)).verdict is Verdict.UNKNOWN


def test_a_wheel_for_another_cuda_major_than_torch_is_left_to_another_rule() -> None:
    facts = machine(torch="2.11.0+cu129", packages={"vllm": "0.22.0"}, driver=driver("575.64.03", "12.9"))
    assert not verdict_of(CODE, facts).problems


@pytest.mark.parametrize(
    ("works", "verdict"), [("True", Verdict.HEALTHY), ("False", Verdict.PROBLEM), (None, Verdict.PROBLEM)]
)
def test_a_torch_that_has_started_on_an_old_driver_was_not_hindered_by_it(works: str | None, verdict: Verdict) -> None:
    """collect_env says so of A800s with driver 470 and NVIDIA's forward-compatibility package."""
    stated = Stated(
        where="text",
        python=Said("3.10.13"),
        torch_version=Said("2.1.2+cu121"),
        packages=(StatedPackage(name="torch", version="2.1.2+cu121"),),
        driver=Said("470.161.03"),
        cuda_works=Said(works) if works else None,
    )
    facts = {key.name: fact for key, fact in facts_of(stated)}
    snapshot = Snapshot(target="text", taken_at="", doctor_version="test", facts=facts)
    assert apply(load("GPU001"), snapshot, matrix()).verdict is verdict


def test_the_cuda_of_torch_may_be_all_that_is_stated() -> None:
    stated = Stated(where="text", torch_cuda=Said("13.0"), driver_cuda=Said("12.2"))
    facts = {key.name: fact for key, fact in facts_of(stated)}
    snapshot = Snapshot(target="text", taken_at="", doctor_version="test", facts=facts)
    (problem,) = apply(load("GPU001"), snapshot, matrix()).problems
    assert problem.message.startswith("torch is built for CUDA 13.0")


def test_the_driver_of_a_jetson_thor_is_of_the_branch_that_cuda_13_asks_for() -> None:
    """Its driver reads 580.00 (https://github.com/vllm-project/vllm/issues/34470)."""
    facts = machine(torch="2.11.0+cu130", driver=driver("580.00", "13.0"))
    assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY


def test_a_branch_that_holds_the_minimum_leaves_it_open() -> None:
    found = verdict_of(CODE, machine(torch="2.3.0+cu121", driver=driver("525", "")))
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons == ("525 is a branch of the driver: is it 525.60.13 or newer?",)
    assert verdict_of(CODE, machine(torch="2.3.0+cu121", driver=driver("520", ""))).verdict is Verdict.PROBLEM


@pytest.mark.parametrize(
    ("device", "version", "advised"),
    [
        (A100, "535.104.05", True),
        (A100, "525.60.13", False),  # no image of NVIDIA lists that branch for CUDA 13.0
        (RTX_4090, "535.104.05", False),
        (gpu(0, "NVIDIA RTX A6000", "8.6"), "535.104.05", True),
    ],
)
def test_the_forward_compatibility_package_is_advised_where_nvidia_supports_it(device, version: str, advised) -> None:
    (problem,) = verdict_of(CODE, machine(device, torch="2.11.0+cu130", driver=driver(version, ""))).problems
    texts = [remedy.text for remedy in problem.remedies if "cuda-compat-13-0" in remedy.text]
    assert bool(texts) is advised
    assert all("535, 550, 565, 570, 575" in text for text in texts)


@pytest.mark.parametrize("cuda", ["13.3", "13.4", "13.5"])
def test_the_newest_cuda_runs_on_the_first_branch_of_its_major_version(cuda: str) -> None:
    build = torch_build(f"2.99.0+cu{cuda.replace('.', '')}", cuda)
    assert verdict_of(CODE, machine(torch_build=build, driver=driver("580.65.06", "13.0"))).verdict is Verdict.HEALTHY
    assert verdict_of(CODE, machine(torch_build=build, driver=driver("575.57.08", "12.9"))).verdict is Verdict.PROBLEM


def test_a_cuda_that_is_newer_than_the_matrix_is_undetermined_with_a_hint() -> None:
    build = torch_build("2.99.0+cu139", "13.9")
    outcome = verdict_of(CODE, machine(torch_build=build, driver=driver("580.65.06", "13.0")))
    assert outcome.verdict is Verdict.UNKNOWN
    assert "no row for CUDA 13.9" in outcome.reasons[0] and "doctor matrix update" in outcome.reasons[0]


def test_one_driver_is_one_problem() -> None:
    """Of torch and vLLM for one CUDA, the first is named, and what nobody lists is not held against it as well."""
    old = driver("550.54.14", "12.4")
    both = verdict_of(CODE, machine(torch="2.11.0+cu130", packages={"vllm": "0.20.2"}, driver=old))
    assert [problem.message.split()[0] for problem in both.problems] == ["torch"]
    untold = verdict_of(CODE, machine(distributions=NOT_STATED, driver=only_cuda("11.4")))
    assert [problem.message.split()[0] for problem in untold.problems] == ["torch"]
    listed = machine(torch_build=NOT_STATED, packages={"vllm": "0.20.2"}, driver=only_cuda("11.4"))
    assert [problem.message.split()[0] for problem in verdict_of(CODE, listed).problems] == ["vllm"]


def test_where_the_cuda_of_torch_is_not_known_the_wheel_of_vllm_tells() -> None:
    build = torch_build("2.99.0+cu139", "13.9")
    old = driver("550.54.14", "12.4")
    outcome = verdict_of(CODE, machine(torch_build=build, packages={"vllm": "0.20.2"}, driver=old))
    assert [problem.message.split()[0] for problem in outcome.problems] == ["vllm"]


def test_a_matrix_without_wheels_tells_nothing_of_what_nobody_states() -> None:
    facts = machine(distributions=NOT_STATED, torch_build=NOT_STATED, driver=only_cuda("11.4"))
    outcome = judge(CODE, facts)
    assert outcome.verdict is Verdict.UNKNOWN
    assert not any("no row for CUDA" in reason for reason in outcome.reasons)


def test_of_a_driver_the_version_and_its_cuda_are_told() -> None:
    for cuda, end in (("12.4", "driver 550.54.14 is installed (CUDA 12.4)"), ("", "driver 550.54.14 is installed")):
        (problem,) = verdict_of(CODE, machine(torch="2.11.0+cu130", driver=driver("550.54.14", cuda))).problems
        assert problem.message.endswith(f"needs driver 580 or newer, and {end}")


@pytest.mark.parametrize("version", [unknown(), NOT_STATED])
def test_a_driver_of_which_nothing_is_known_is_undetermined(version) -> None:
    nothing = Driver(version=version, cuda=version, kernel_module=version)
    outcome = verdict_of(CODE, machine(driver=nothing))
    assert outcome.verdict is Verdict.UNKNOWN
    assert any("version of the driver" in reason for reason in outcome.reasons)


def test_a_version_that_could_not_be_read_is_a_gap_although_the_cuda_is_known() -> None:
    silent = Driver(version=unknown(), cuda=known("12.4"), kernel_module=unknown())
    assert verdict_of(CODE, machine(driver=silent)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("device", "torch", "pins"),
    [
        (A100, "2.11.0+cu130", ("torch==2.11.0+cu128",)),
        (RTX_5090, "2.11.0+cu130", ("torch==2.11.0+cu128",)),
        (V100, "2.11.0+cu130", ("torch==2.11.0+cu126",)),
        (RTX_5090, "2.12.0+cu130", ()),  # its only build for CUDA 12 has no code for Blackwell
        (A100, "2.12.0+cu130", ("torch==2.12.0+cu126",)),
        (A100, "2.99.0+cu130", ()),
    ],
)
def test_a_build_for_an_older_cuda_runs_on_the_gpus_that_are_there(device, torch: str, pins: tuple[str, ...]) -> None:
    facts = machine(device, torch=torch, driver=driver("575.57.08", "12.9"))
    (problem,) = verdict_of(CODE, facts).problems
    assert tuple(pin for remedy in problem.remedies for pin in remedy.pins) == pins


def test_the_gpus_decide_as_far_as_they_are_known() -> None:
    """By their names where a text leaves the capability out, and all builds are left where nothing is known."""
    named = gpu(0, "NVIDIA GeForce RTX 5090", capability=NOT_STATED)
    nameless = gpu(1, "NVIDIA X9000", capability=unknown())
    for devices, pins in (((named, nameless), ()), ((nameless,), ("torch==2.12.0+cu126",))):
        facts = machine(*devices, torch="2.12.0+cu130", driver=driver("575.57.08", "12.9"))
        (problem,) = verdict_of(CODE, facts).problems
        assert tuple(pin for remedy in problem.remedies for pin in remedy.pins) == pins
    facts = machine(torch="2.12.0+cu130", driver=driver("575.57.08", "12.9"), gpus=unknown())
    assert verdict_of(CODE, facts).problems[0].remedies[1].pins == ("torch==2.12.0+cu126",)


def test_no_empty_requirement_is_named_where_there_is_no_older_vllm() -> None:
    """For ARM the first wheels of vLLM with CUDA are for 13."""
    arm = interpreter(markers={**interpreter().markers, "platform_machine": "aarch64"})
    facts = machine(torch="2.11.0+cu130", packages={"vllm": "0.20.2"}, driver=driver("550.54.14", ""), interpreter=arm)
    (problem,) = verdict_of(CODE, facts).problems
    assert [remedy.pins for remedy in problem.remedies if remedy.commands] == []
