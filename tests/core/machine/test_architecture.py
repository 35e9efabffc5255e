from __future__ import annotations

import pytest

from doctor.core.machine.architecture import Architecture, Support, parse_capability, support
from tests.rules.gpu.machines import matrix


@pytest.mark.parametrize(
    ("targets", "capability", "expected"),
    [
        ("sm_80 sm_86 sm_90", (8, 9), Support.BINARY),
        ("sm_86", (8, 0), Support.NONE),
        ("sm_120", (12, 1), Support.BINARY),
        ("sm_121", (12, 0), Support.NONE),
        ("sm_90", (10, 0), Support.NONE),
        ("sm_90a", (9, 0), Support.BINARY),
        ("sm_90a", (10, 0), Support.NONE),
        ("sm_100a", (10, 3), Support.NONE),
        ("sm_100f", (10, 3), Support.BINARY),
        ("sm_103f", (10, 0), Support.NONE),
        ("sm_120f", (12, 1), Support.BINARY),
        ("compute_80", (12, 0), Support.PTX),
        ("compute_90", (8, 9), Support.NONE),
        ("compute_90", (9, 0), Support.PTX),
        ("compute_90a", (10, 0), Support.NONE),
        ("compute_100f", (10, 3), Support.PTX),
        ("compute_100f", (12, 0), Support.NONE),
        ("sm_80 compute_80", (9, 0), Support.PTX),
        ("sm_90 compute_80", (9, 0), Support.BINARY),
        ("", (9, 0), Support.NONE),
        ("native gfx90a", (9, 0), Support.NONE),
    ],
)
def test_a_build_runs_where_nvidia_says_it_does(targets: str, capability: tuple[int, int], expected: Support) -> None:
    assert support(targets.split(), capability) is expected


def test_what_is_no_target_is_not_read_as_one() -> None:
    assert Architecture.parse("sm_90") == Architecture(9, 0)
    assert [Architecture.parse(text) for text in ("sm_9", "sm90", "90", "sm_90b", "")] == [None] * 5


@pytest.mark.parametrize("target", ["sm_75", "sm_90a", "sm_120f", "compute_80", "compute_100f"])
def test_a_target_is_written_as_it_is_read(target: str) -> None:
    assert str(Architecture.parse(target)) == target


def test_a_capability_is_two_numbers() -> None:
    assert parse_capability("12.1") == (12, 1)
    assert [parse_capability(text) for text in ("12", "9.0a", "", "9.10")] == [None] * 4


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("NVIDIA H100 80GB HBM3", "9.0"),
        ("NVIDIA L40S", "8.9"),
        ("NVIDIA L4", "8.9"),
        ("NVIDIA A10G", "8.6"),
        ("NVIDIA A100-SXM4-80GB", "8.0"),
        ("Tesla V100S-PCIE-32GB", "7.0"),
        ("Quadro RTX 5000", "7.5"),
        ("NVIDIA RTX 5000 Ada Generation Laptop GPU", "8.9"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "12.0"),
        ("NVIDIA GeForce RTX 2050", "8.6"),
        ("NVIDIA GB10", "12.1"),
        ("NVIDIA GB200", "10.0"),
        ("NVIDIA GH200 480GB", "9.0"),
        ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", "9.0"),
        ("GRID V100DX-32C", "7.0"),
        ("NVIDIA A100D-40C", "8.0"),
        ("GRID RTX6000-24Q", "7.5"),
        ("NVIDIA RTX6000-Ada-48Q", "8.9"),
        ("NVIDIA GeForce MX130", "5.0"),
        ("NVIDIA GeForce GTX TITAN X", "5.2"),
        ("NVIDIA TITAN X (Pascal)", "6.1"),
        ("Tesla K80", "3.7"),
    ],
)
def test_the_matrix_knows_models_by_their_whole_words(name: str, capability: str) -> None:
    row = matrix().gpu_model(name)
    assert row is not None
    assert row.capability == capability


def test_a_name_that_only_begins_like_a_model_is_not_that_model() -> None:
    assert matrix().gpu_model("NVIDIA L400") is None
    assert matrix().gpu_model("NVIDIA Graphics Device") is None
