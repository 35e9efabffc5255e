from __future__ import annotations

import pytest

from doctor.core.fact import Reason
from doctor.core.report import Severity, Verdict
from tests.facts import absent, distribution, extension, gpu, judge, known, unknown
from tests.releases import restate
from tests.rules.gpu.machines import (
    A100,
    GB10,
    NOT_STATED,
    P100,
    RTX_4090,
    RTX_5090,
    T4,
    machine,
    matrix,
    verdict_of,
    without_gpu,
)

CODE = "GPU005"


def built(name: str, *targets: str, file: str = "_C.abi3.so") -> object:
    return known(extension(name, path=f"/env/{name}/{file}", architectures=known(targets)))


def test_an_extension_without_kernels_for_the_gpu_is_an_error_for_vllm() -> None:
    facts = machine(RTX_5090, packages={"vllm": "0.8.5"}, extensions=(built("vllm", "sm_80", "sm_90"),))
    outcome = verdict_of(CODE, facts)
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert "sm_80, sm_90, and nothing of that runs on NVIDIA GeForce RTX 5090" in problem.message


def test_another_package_is_a_warning_because_it_can_be_left_out() -> None:
    facts = machine(RTX_5090, packages={"xformers": "0.0.30"}, extensions=(built("xformers", "sm_80", "sm_90a"),))
    outcome = verdict_of(CODE, facts)
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.WARNING]
    assert "uninstall" in outcome.problems[0].remedies[0].commands[0]


def test_vllm_with_ptx_alone_is_a_warning() -> None:
    outcome = verdict_of(CODE, machine(RTX_5090, torch="2.7.0+cu128", packages={"vllm": "0.9.1"}))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert "only its PTX runs" in problem.message


@pytest.mark.parametrize(
    ("packages", "pin"),
    [
        ({"xformers": "0.0.31"}, "xformers>=0.0.33"),
        ({"xformers": "0.0.32.post1", "vllm": "0.10.2"}, "vllm>=0.11.1,<0.20"),
    ],
)
def test_an_xformers_that_takes_hopper_kernels_on_blackwell_is_a_warning(packages: dict[str, str], pin: str) -> None:
    outcome = verdict_of(CODE, machine(RTX_5090, torch="2.7.1+cu128", packages=packages, extensions=NOT_STATED))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert problem.remedies[0].pins == (pin,)


def test_xformers_that_the_driver_compiles_for_the_gpu_is_sound() -> None:
    assert verdict_of(CODE, machine(packages={"xformers": "0.0.27.post2"})).verdict is Verdict.HEALTHY
    assert verdict_of(CODE, machine(packages={"xformers": "0.0.31"})).verdict is Verdict.HEALTHY
    assert verdict_of(CODE, machine(RTX_5090, packages={"xformers": "0.0.33.post1"})).verdict is Verdict.HEALTHY


def test_the_wheel_counts_where_a_text_has_no_extensions() -> None:
    facts = machine(P100, packages={"vllm": "0.5.5"}, extensions=NOT_STATED, torch_build=NOT_STATED)
    (problem,) = verdict_of(CODE, facts).problems
    assert problem.remedies[0].text.startswith("No wheel of vLLM")
    sound = machine(packages={"vllm": "0.5.5"}, extensions=NOT_STATED)
    assert verdict_of(CODE, sound).verdict is Verdict.HEALTHY
    unknown_wheel = machine(packages={"vllm": "0.5.5+mine"}, extensions=NOT_STATED)
    assert verdict_of(CODE, unknown_wheel).verdict is Verdict.UNKNOWN


def test_the_release_0_4_0_was_published_without_volta_and_turing() -> None:
    assert verdict_of(CODE, machine(T4, packages={"vllm": "0.4.0"})).verdict is Verdict.PROBLEM
    assert verdict_of(CODE, machine(T4, packages={"vllm": "0.4.0.post1"})).verdict is Verdict.HEALTHY


def test_code_for_the_same_major_version_is_sound() -> None:
    targets = ("sm_80", "sm_90", "sm_120")
    for device in (GB10, RTX_4090):
        facts = machine(device, packages={"vllm": "0.10.2"}, extensions=(built("vllm", *targets),))
        assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY


def test_an_extension_for_one_generation_beside_the_main_one_is_no_fault() -> None:
    facts = machine(
        RTX_4090,
        packages={"vllm": "0.10.2"},
        extensions=(built("vllm", "sm_80"), built("vllm", "sm_90a", file="_flashmla_C.abi3.so")),
    )
    assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY


def test_the_target_that_nvcc_adds_by_itself_is_not_counted() -> None:
    facts = machine(
        RTX_5090, packages={"vllm": "0.8.5"}, extensions=(built("vllm", "sm_52", "compute_52", "sm_80", "sm_90"),)
    )
    outcome = verdict_of(CODE, facts)
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.ERROR]


def test_the_wheel_counts_where_reading_the_extension_is_not_supported() -> None:
    many = known(extension("vllm", architectures=unknown(Reason.UNSUPPORTED, "more than 100000 containers")))
    assert verdict_of(CODE, machine(packages={"vllm": "0.5.5"}, extensions=(many,))).verdict is Verdict.HEALTHY
    assert verdict_of(CODE, machine(P100, packages={"vllm": "0.5.5"}, extensions=(many,))).verdict is Verdict.PROBLEM


def test_what_was_not_read_is_undetermined() -> None:
    unread = known(extension("vllm", architectures=unknown()))
    for extensions in ((unread,), (unknown(),), unknown()):
        facts = machine(packages={"vllm": "0.5.5"}, extensions=extensions)
        assert verdict_of(CODE, facts).verdict is Verdict.UNKNOWN
    for name in ("vllm", "xformers", "flash-attn"):
        assert verdict_of(CODE, machine(packages={name: "0.5.6.dev3"})).verdict is Verdict.UNKNOWN


def test_a_vllm_that_was_compiled_elsewhere_is_not_the_wheel() -> None:
    facts = machine(P100, packages={"vllm": "0.5.5"})
    local = tuple(
        distribution("vllm", "0.5.5", origin="local") if item.name == "vllm" else item
        for key, items in facts.items()
        if key.name == "distributions"
        for item in items
    )
    facts = {key: local if key.name == "distributions" else fact for key, fact in facts.items()}
    assert verdict_of(CODE, facts).verdict is Verdict.UNKNOWN


def test_packages_without_cuda_code_are_sound() -> None:
    facts = machine(packages={"xformers": "0.0.35"}, extensions=(known(extension("xformers", architectures=absent())),))
    assert verdict_of(CODE, facts).verdict is Verdict.HEALTHY
    assert verdict_of(CODE, machine()).verdict is Verdict.HEALTHY


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE


def test_what_a_list_leaves_out_is_what_its_vllm_pins() -> None:
    """vllm 0.10.1 pins xformers 0.0.31, which takes Hopper's kernels on Blackwell."""
    listed = tuple(
        distribution(name, version, requires=NOT_STATED, requires_python=NOT_STATED)
        for name, version in (("vllm", "0.10.1"), ("torch", "2.7.1+cu128"))
    )
    facts = machine(RTX_5090, torch="2.7.1+cu128", distributions=listed, extensions=NOT_STATED)
    subjects = [problem.subject for problem in verdict_of(CODE, facts).problems]
    assert "xformers on GPU 0" in subjects


def test_a_list_without_vllm_does_not_say_that_none_is_installed() -> None:
    listed = distribution("torch", "2.7.0+cu128", requires=NOT_STATED, requires_python=NOT_STATED)
    outcome = verdict_of(CODE, machine(RTX_5090, torch="2.7.0+cu128", distributions=(listed,)))
    assert outcome.verdict is Verdict.UNKNOWN
    assert "whether vLLM is installed" in outcome.reasons[0]


def test_an_xformers_whose_version_cannot_be_read_may_take_hopper_kernels() -> None:
    facts = machine(RTX_5090, packages={"xformers": "mine"}, extensions=(built("xformers", "sm_90a", "sm_120"),))
    outcome = verdict_of(CODE, facts)
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.reasons == ("the version of xformers reads 'mine'",)


@pytest.mark.parametrize(
    ("requires", "named"),
    [
        (("xformers ==", "xformers==0.0.31"), True),
        (("xformers==0.0.31; python_version < 'x y' and nonsense", "xformers==0.0.31"), True),
        (("xformers-more==0.0.31",), False),
        (("xformers==0.0.31; sys_platform == 'win32'",), False),
        (("xformers>=0.0.31",), False),
    ],
)
def test_only_a_pin_that_can_be_read_and_applies_tells_what_is_installed(
    requires: tuple[str, ...], named: bool
) -> None:
    listed = tuple(
        distribution(name, version, requires=NOT_STATED, requires_python=NOT_STATED)
        for name, version in (("vllm", "0.10.1"), ("torch", "2.7.1+cu128"))
    )
    facts = machine(RTX_5090, torch="2.7.1+cu128", distributions=listed, extensions=NOT_STATED)
    found = judge(CODE, facts, restate(matrix(), "vllm", *requires))
    assert ("xformers on GPU 0" in [problem.subject for problem in found.problems]) is named


def test_a_bitsandbytes_without_the_library_that_is_loaded_is_another_rules_finding() -> None:
    library = built("bitsandbytes", "sm_50", file="libbitsandbytes_cuda126.so")
    facts = machine(RTX_5090, torch="2.9.0+cu130", packages={"bitsandbytes": "0.46.1"}, extensions=(library,))
    assert not verdict_of(CODE, facts).problems


def test_a_list_with_vllm_and_all_that_it_needs_leaves_nothing_open() -> None:
    listed = tuple(
        distribution(name, version, requires=NOT_STATED, requires_python=NOT_STATED)
        for name, version in {"vllm": "0.8.5", "torch": "2.6.0"}.items()
    )
    assert verdict_of(CODE, machine(A100, distributions=listed, extensions=NOT_STATED)).verdict is Verdict.HEALTHY


def test_a_vllm_with_kernels_for_the_gpu_is_named() -> None:
    outcome = verdict_of(CODE, machine(RTX_5090, torch="2.6.0+cu124", packages={"vllm": "0.8.5"}))
    [problem] = (item for item in outcome.problems if item.subject.startswith("vllm"))
    assert problem.remedies[0].pins[0].startswith("vllm>=")


def test_for_a_gpu_that_no_vllm_is_for_a_newer_xformers_is_named() -> None:
    """An empty requirement would be none."""
    newer = gpu(0, "NVIDIA X9000", "13.0")
    facts = machine(newer, torch="2.8.0+cu128", packages={"vllm": "mine", "xformers": "0.0.31"})
    [problem] = (item for item in verdict_of(CODE, facts).problems if item.subject.startswith("xformers"))
    assert problem.remedies[0].pins == ("xformers>=0.0.33",)
