from __future__ import annotations

from doctor.core.machine.gpu import DRIVER, Driver
from doctor.core.report import Severity, Verdict
from tests.facts import driver, extension, gpu, interpreter, known, torch_build, unknown
from tests.rules.gpu.machines import A100, B200, RTX_4090, RTX_5090, machine, verdict_of, without_gpu

CODE = "GPU002"
OLD = driver("550.144.03", "12.4")


def test_kernels_in_ptx_need_the_driver_of_the_toolkit() -> None:
    outcome = verdict_of(CODE, machine(torch="2.9.0+cu128", packages={"vllm": "0.11.2"}, driver=OLD))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert problem.message.startswith("Some kernels of vllm 0.11.2 (CUDA 12.8)")
    assert "driver 570.26 or newer" in problem.message


def test_a_gpu_with_machine_code_for_everything_needs_no_newer_driver() -> None:
    for sound in (A100, RTX_4090):
        facts = machine(sound, torch="2.9.0+cu128", packages={"vllm": "0.11.2"}, driver=OLD)
        assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY


def test_a_driver_as_new_as_the_toolkit_compiles_ptx() -> None:
    facts = machine(torch="2.9.0+cu128", packages={"vllm": "0.11.2"}, driver=driver("570.26", "12.8"))
    assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY


def test_a_package_with_nothing_but_ptx_for_the_gpu_needs_it_whole() -> None:
    built = known(extension("flash-attn", architectures=known(("sm_80", "compute_80"))))
    facts = machine(B200, torch="2.9.0+cu129", packages={"flash-attn": "2.8.3"}, extensions=(built,))
    facts = {**facts, **{key: driver("570.124.06", "12.8") for key in facts if key.name == "driver"}}
    (problem,) = verdict_of(CODE, facts).problems
    assert problem.message.startswith("All kernels of flash-attn 2.8.3 (CUDA 12.9)")


def test_a_driver_below_the_minimum_is_another_rules_finding() -> None:
    facts = machine(torch="2.11.0+cu130", packages={"vllm": "0.22.1"}, driver=driver("575.64.03", "12.9"))
    assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY


def test_what_is_not_known_is_undetermined() -> None:
    facts = machine(RTX_5090, torch="2.9.0+cu128", packages={"vllm": "0.99.0"}, driver=OLD)
    assert verdict_of(CODE, facts).verdict is Verdict.UNKNOWN
    assert verdict_of(CODE, machine(gpu(capability="x"))).verdict is Verdict.UNKNOWN
    assert verdict_of(CODE, machine(extensions=(unknown(),))).verdict is Verdict.UNKNOWN
    assert verdict_of(CODE, machine(driver=driver("580+", "13.0"))).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE


def test_a_driver_whose_version_is_not_known_is_undetermined() -> None:
    silent = Driver(version=unknown(), cuda=known("12.4"), kernel_module=unknown())
    facts = machine(torch="2.9.0+cu128", packages={"vllm": "0.11.2"}, driver=silent)
    outcome = verdict_of(CODE, facts)
    assert outcome.verdict is Verdict.UNKNOWN
    assert not any("reads" in reason for reason in outcome.reasons)


def test_a_cuda_that_the_matrix_does_not_know_is_undetermined() -> None:
    built = known(extension("flash-attn", architectures=known(("sm_80", "compute_80"))))
    facts = machine(
        B200,
        packages={"flash-attn": "2.8.3"},
        extensions=(built,),
        torch_build=torch_build("2.99.0+cu991", "99.1", architectures=known(("sm_100",))),
    )
    outcome = verdict_of(CODE, facts)
    assert outcome.verdict is Verdict.UNKNOWN
    (reason,) = (item for item in outcome.reasons if "no row for CUDA 99.1" in item)
    assert "doctor matrix update" in reason


def test_a_package_with_machine_code_for_the_gpu_needs_no_newer_driver() -> None:
    """Other than vLLM, it compiles each kernel for each target: that it has PTX of an older one matters not."""
    built = known(extension("flash-attn", architectures=known(("compute_80", "sm_80", "sm_100"))))
    facts = machine(
        B200,
        torch="2.9.0+cu129",
        packages={"flash-attn": "2.8.3"},
        extensions=(built,),
        driver=driver("570.124.06", "12.8"),
    )
    assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY


def test_a_jetson_thor_compiles_the_code_of_cuda_13() -> None:
    thor = gpu(0, "NVIDIA Thor", "11.0")
    arm = interpreter(markers={**interpreter().markers, "platform_machine": "aarch64"})
    facts = machine(
        thor, torch="2.11.0+cu130", packages={"vllm": "0.22.1"}, driver=driver("580.00", "13.0"), interpreter=arm
    )
    assert verdict_of("GPU002", facts).verdict is Verdict.HEALTHY


def test_a_branch_that_holds_the_toolkit_driver_leaves_it_open() -> None:
    facts = machine(torch="2.9.0+cu128", packages={"vllm": "0.11.2"}, driver=driver("570", "12.8"))
    outcome = verdict_of(CODE, facts)
    assert outcome.verdict is Verdict.UNKNOWN
    assert set(outcome.reasons) == {"570 is a branch of the driver: is it 570.26 or newer?"}


def test_the_cuda_that_compiled_a_package_counts_not_the_one_of_torch() -> None:
    facts = machine(torch="2.9.0+cu126", packages={"vllm": "0.11.2"}, driver=OLD)
    (problem,) = verdict_of(CODE, facts).problems
    assert problem.message.startswith("Some kernels of vllm 0.11.2 (CUDA 12.8)")


def test_the_library_of_bitsandbytes_that_is_loaded_counts() -> None:
    """Beside a torch for 12.9 bitsandbytes 0.50 loads that for 12.8, which has nothing but PTX for a newer GPU."""
    newer = gpu(0, "NVIDIA X9000", "13.0")
    packages = {"bitsandbytes": "0.50.0"}
    facts = machine(newer, torch="2.9.0+cu129", packages=packages, driver=driver("570.26", "12.8"))
    assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY
    (problem,) = verdict_of(CODE, {**facts, DRIVER: driver("560.35.05", "12.6")}).problems
    assert problem.message.startswith("All kernels of bitsandbytes 0.50.0 (CUDA 12.8)")


def test_code_that_is_for_one_generation_alone_is_compiled_for_no_newer_one() -> None:
    built = known(extension("vllm", path="/x/_C.so", architectures=known(("sm_100", "compute_90a", "of another kind"))))
    facts = machine(B200, torch="2.9.0+cu129", packages={"vllm": "mine"}, extensions=(built,), driver=OLD)
    assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY


def test_a_branch_does_not_matter_to_a_gpu_with_machine_code_for_everything() -> None:
    facts = machine(A100, torch="2.9.0+cu128", packages={"vllm": "0.11.2"}, driver=driver("570", "12.8"))
    assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY
