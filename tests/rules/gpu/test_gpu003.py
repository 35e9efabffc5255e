from __future__ import annotations

import dataclasses

import pytest

from doctor.core.machine.gpu import Gpu
from doctor.core.report import Severity, Verdict
from tests.facts import gpu, judge, unknown
from tests.rules.gpu.machines import A100, NOT_STATED, P100, T4, V100, machine, matrix, verdict_of, without_gpu

CODE = "GPU003"


@pytest.mark.parametrize(
    ("device", "package", "version", "severity"),
    [
        (P100, "vllm", "0.5.5", Severity.ERROR),
        (V100, "vllm", "0.20.0", Severity.ERROR),
        (V100, "vllm", "0.20.1rc1.dev3", Severity.ERROR),
        (T4, "vllm", "0.5.3.post1", Severity.INFO),
        (T4, "flash-attn", "2.6.1", Severity.WARNING),
        (P100, "unsloth", "2025.3.9", Severity.WARNING),
    ],
)
def test_a_gpu_below_the_minimum_is_named(device: Gpu, package: str, version: str, severity: Severity) -> None:
    outcome = verdict_of(CODE, machine(device, packages={package: version}))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is severity
    assert f"{package} {version} needs compute capability" in problem.message
    assert problem.remedies


@pytest.mark.parametrize(
    ("device", "package", "version"),
    [
        (V100, "vllm", "0.19.1"),
        (V100, "vllm", "0.19.1+cu129"),
        (T4, "vllm", "0.33.0"),
        (T4, "vllm", "0.5.4"),
        (A100, "flash-attn", "2.8.3"),
        (V100, "unsloth", "2025.3.9"),
        (P100, "transformers", "4.44.2"),
    ],
)
def test_a_gpu_at_the_minimum_is_sound(device: Gpu, package: str, version: str) -> None:
    assert verdict_of(CODE, machine(device, packages={package: version})).verdict is Verdict.HEALTHY


def test_one_problem_names_all_gpus_of_a_model() -> None:
    devices = (gpu(0, "Tesla P100-PCIE-16GB", "6.0"), gpu(1, "Tesla P100-PCIE-16GB", "6.0"), gpu(2))
    (problem,) = verdict_of(CODE, machine(*devices, packages={"vllm": "0.5.5"})).problems
    assert problem.subject == "GPU 0, 1"


def test_the_model_tells_the_capability_that_a_text_leaves_out() -> None:
    stated = gpu(0, "Tesla P100-PCIE-16GB", capability=NOT_STATED)
    assert verdict_of(CODE, machine(stated, packages={"vllm": "0.5.5"})).verdict is Verdict.PROBLEM


def test_a_capability_that_could_not_be_asked_is_undetermined() -> None:
    for device in (gpu(0, "NVIDIA H100 80GB HBM3", unknown()), gpu(0, "NVIDIA Graphics Device", NOT_STATED)):
        assert verdict_of(CODE, machine(device, packages={"vllm": "0.5.5"})).verdict is Verdict.UNKNOWN
    assert verdict_of(CODE, machine(packages={"vllm": "local build"})).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu(packages={"vllm": "0.5.5"})).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(P100, torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE


def test_a_gpu_below_every_release_where_nobody_states_what_is_installed() -> None:
    outcome = verdict_of(CODE, machine(P100, distributions=NOT_STATED, interpreter=NOT_STATED))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert outcome.undetermined
    assert verdict_of(CODE, machine(distributions=NOT_STATED)).verdict is Verdict.UNKNOWN


def test_flash_attention_3_is_for_one_generation() -> None:
    for device, verdict in ((A100, Verdict.PROBLEM), (gpu(0, "NVIDIA B200", "10.0"), Verdict.PROBLEM)):
        assert verdict_of(CODE, machine(device, packages={"flash-attn-3": "3.0.0"})).verdict is verdict
    assert verdict_of(CODE, machine(packages={"flash-attn-3": "3.0.0"})).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("device", "package", "version", "words"),
    [
        (P100, "vllm", "0.5.5", "vllm 0.5.5 needs compute capability 7.0, and this is "),
        (T4, "vllm", "0.5.3.post1", "LoRA of vllm 0.5.3.post1 needs compute capability 8.0, and this is "),
        (
            A100,
            "flash-attn-3",
            "3.0.0",
            "flash-attn-3 3.0.0 needs compute capability 9.0 and less than 10.0, and this is ",
        ),
    ],
)
def test_what_is_needed_is_told(device: Gpu, package: str, version: str, words: str) -> None:
    outcome = verdict_of(CODE, machine(device, packages={package: version}))
    assert outcome.problems[0].message.startswith(words)
    assert any(item.key.startswith("floor ") for item in outcome.evidence)


OTHER = "Use a GPU of a newer generation"


@pytest.mark.parametrize(
    ("device", "package", "version", "texts"),
    [
        (V100, "vllm", "0.20.0", ["Install a vLLM that supports 7.0", OTHER]),
        (P100, "vllm", "0.5.5", [OTHER]),
        (P100, "unsloth", "2025.3.9", [OTHER]),
        (
            T4,
            "flash-attn",
            "2.6.1",
            ['Remove flash-attn and let transformers use attn_implementation="sdpa"', OTHER],
        ),
    ],
)
def test_what_helps(device: Gpu, package: str, version: str, texts: list[str]) -> None:
    (problem,) = verdict_of(CODE, machine(device, packages={package: version})).problems
    assert [remedy.text for remedy in problem.remedies] == texts
    assert all(bool(remedy.commands) is (remedy.text != OTHER) for remedy in problem.remedies)


def test_a_version_that_cannot_be_compared_hides_no_other_package() -> None:
    outcome = verdict_of(CODE, machine(P100, packages={"vllm": "local build", "unsloth": "2025.3.9"}))
    assert [problem.message.split()[0] for problem in outcome.problems] == ["unsloth"]


def test_a_floor_may_be_a_ceiling_alone_and_a_vllm_is_advised_for_vllm_alone() -> None:
    floor = next(item for item in matrix().floors if item.package == "unsloth")
    small = dataclasses.replace(matrix(), floors=(dataclasses.replace(floor, minimum="", below="7.0"),))
    (problem,) = judge(CODE, machine(V100, packages={"unsloth": "2025.3.9"}), small).problems
    assert problem.message.startswith("unsloth 2025.3.9 needs compute capability less than 7.0, and this is ")
    assert [remedy.text for remedy in problem.remedies] == [OTHER]


def test_the_lowest_floor_of_a_whole_package_counts_where_nobody_states_what_is_installed() -> None:
    floor = next(item for item in matrix().floors if item.package == "vllm" and not item.feature)
    floors = [
        dataclasses.replace(floor, package=package, feature=feature, minimum=minimum)
        for package, feature, minimum in (
            ("vllm", "", "7.0"),
            ("unsloth", "", "7.5"),
            ("vllm", "lora", "3.0"),
            ("flash-attn", "", "3.5"),
        )
    ]
    small = dataclasses.replace(matrix(), floors=tuple(floors))
    facts = machine(P100, distributions=NOT_STATED)
    (problem,) = judge(CODE, facts, small).problems
    assert problem.message.startswith("all of vLLM and Unsloth needs compute capability 7.0, ")
    assert judge(CODE, machine(V100, distributions=NOT_STATED), small).problems == ()
