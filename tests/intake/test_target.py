"""What the options say of an environment that a file leaves open."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.errors import TargetError
from doctor.core.fact import Known, SourceKind, Unknown
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import DRIVER, GPUS, NVML
from doctor.core.reading import READING
from doctor.core.snapshot import Snapshot
from doctor.engine.targets import resolve_gpus
from doctor.intake.collect_env import decode_collect_env
from doctor.intake.listed import read_listed
from doctor.intake.target import StatedTarget, target_of
from doctor.matrix.load import load_matrix

TEXT = b"""PyTorch version: 2.4.0+cu121
Is debug build: False
CUDA used to build PyTorch: 12.1
OS: Ubuntu 22.04.4 LTS (x86_64)
Libc version: glibc-2.35
Python version: 3.11.9 (main) [GCC 11.4.0] (64-bit runtime)
Is CUDA available: True
Nvidia driver version: 535.104.05
Versions of relevant libraries:
[pip3] torch==2.4.0+cu121
[pip3] vllm==0.5.5
"""


def planned(tmp_path: Path, **options: str) -> Snapshot:
    path = tmp_path / "requirements.txt"
    path.write_text("vllm==0.5.5\n")
    return read_listed(path, target(**options))


def target(**options: str) -> StatedTarget:
    return resolve_gpus(target_of(**options), load_matrix())


def test_what_is_said_is_known_and_names_its_option(tmp_path: Path) -> None:
    found = planned(tmp_path, python="3.11", platform="linux/arm64", glibc="2.35", gpu="H100:8", driver="550.54.15")
    facts = {key.name: found.get(key) for key in (INTERPRETER, PLATFORM, GPUS, DRIVER)}
    assert {name: str(fact.source) for name, fact in facts.items()} == {
        "interpreter": "option --target-python",
        "platform": "option --target-platform",
        "gpus": "option --target-gpu",
        "driver": "option --target-driver",
    }
    gpus = found.get(GPUS).value
    assert len(gpus) == 8 and gpus[0].capability.value == "9.0" and isinstance(gpus[0].memory_total, Unknown)
    assert gpus[0].name.source.kind is SourceKind.OPTION
    assert found.get(PLATFORM).value.machine == "aarch64" and found.get(PLATFORM).value.libc_version == "2.35"
    assert found.get(INTERPRETER).value.markers["platform_machine"] == "aarch64"
    assert "cp311-cp311-manylinux_2_35_aarch64" in found.get(INTERPRETER).value.tags
    assert found.get(DRIVER).value.version.value == "550.54.15"
    # That it will answer when it is asked, nobody knows.
    assert isinstance(found.get(NVML), Unknown)


def test_the_report_is_told_what_was_said_and_what_assumed(tmp_path: Path) -> None:
    reading = planned(tmp_path, python="3.11", gpu="4090").get(READING).value
    assert reading.stated == ("Python 3.11 (--target-python)", "1 x GeForce RTX 4090 (--target-gpu)")
    assert reading.assumed == ("Linux on x86_64",)


@pytest.mark.parametrize(
    ("name", "capability", "whole"),
    [
        ("H100", "9.0", "H100"),
        ("NVIDIA H100 80GB HBM3", "9.0", "NVIDIA H100 80GB HBM3"),
        ("4090", "8.9", "GeForce RTX 4090"),
        ("rtx 2080 ti", "7.5", "GeForce RTX 2080 Ti"),
        ("L40S", "8.9", "L40S"),
    ],
)
def test_a_name_is_looked_up(name: str, capability: str, whole: str) -> None:
    gpus = target(gpu=name).gpus
    assert gpus is not None and (gpus[0].name, gpus[0].capability) == (whole, capability)


@pytest.mark.parametrize(("name", "near"), [("H1000", "H100"), ("RTX 409", "GeForce RTX 4090"), ("quadro", "Quadro")])
def test_a_name_that_is_not_known_or_leaves_doubt_has_near_ones(name: str, near: str) -> None:
    with pytest.raises(TargetError) as raised:
        target(gpu=name)
    assert near in raised.value.hint


@pytest.mark.parametrize(
    "options",
    [
        {"python": "3.x"},
        {"python": "2.7"},
        {"platform": "win-amd64"},
        {"platform": "linux-mips"},
        {"glibc": "musl"},
        {"driver": "new"},
        {"gpu": ":8"},
        {"gpu": "H100:0"},
        {"gpu": "H100:99"},
        {"arguments": ("X",)},
    ],
)
def test_what_is_none_of_its_kind_is_refused(options: dict[str, str]) -> None:
    with pytest.raises(TargetError):
        target_of(**options)


def test_a_pasted_text_is_completed() -> None:
    found = decode_collect_env(TEXT, "text", target(gpu="A100:2", python="3.11", driver="535"))
    assert len(found.get(GPUS).value) == 2
    assert found.get(DRIVER).value.version == Known(value="535.104.05", source=found.get(DRIVER).value.version.source)
    assert found.get(READING).value.stated == ("2 x A100 (--target-gpu)",)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"driver": "550.54"}, "text states driver 535.104.5 in line 8, and --target-driver says 550.54"),
        ({"python": "3.10"}, "text states Python 3.11.9 in line 6"),
        ({"glibc": "2.31"}, "text states glibc 2.35 in line 5"),
        ({"platform": "linux-aarch64"}, "text is of Linux on x86_64"),
    ],
)
def test_a_text_is_not_contradicted(options: dict[str, str], said: str) -> None:
    with pytest.raises(TargetError, match=said):
        decode_collect_env(TEXT, "text", target(**options))


def test_gpus_that_a_text_lists_stay() -> None:
    text = TEXT + b"GPU models and configuration: GPU 0: NVIDIA A10G\n"
    with pytest.raises(TargetError, match=r"states its GPUs .NVIDIA A10G"):
        decode_collect_env(text, "text", target(gpu="H100"))


@pytest.mark.parametrize(
    ("gpu", "near"),
    [
        ("rtx 4091", "near it are GeForce RTX 4090, GeForce RTX 4090 D, "),
        ("gb", "GH200 480GB"),
        ("--", "give the name that nvidia-smi prints"),
    ],
)
def test_a_gpu_that_is_none_names_up_to_five_near_ones(gpu: str, near: str) -> None:
    with pytest.raises(TargetError) as caught:
        target(gpu=gpu)
    assert near in caught.value.hint
    assert caught.value.hint.count(", ") <= 4


def test_the_words_of_a_gpu_in_another_order_are_its_name() -> None:
    found = target(gpu="RTX 4090 GeForce").gpus
    assert found is not None
    assert (found[0].name, found[0].capability) == ("RTX 4090 GeForce", "8.9")
