"""Facts of environments in which an extension does not fit."""

from __future__ import annotations

from typing import Any

from doctor.core.fact import Fact
from doctor.core.interpreter import INTERPRETER, PLATFORM, Platform
from doctor.core.machine.gpu import GPUS, Gpu
from doctor.core.packages.distribution import DAMAGED_FILES, DISTRIBUTIONS, DamagedFile, Distribution
from doctor.core.packages.extension import (
    BROKEN_LIBRARIES,
    EXTENSIONS,
    TORCH_BUILD,
    BrokenLibrary,
    Extension,
    TorchBuild,
)
from doctor.core.report import Outcome
from doctor.core.snapshot import Key
from tests.facts import distribution, extension, interpreter, judge, known, platform, torch_build

VLLM = distribution("vllm", "0.5.5", "torch==2.4.0")
CUDA_NEEDS = ("libc10.so", "libtorch_cpu.so", "libtorch_cuda.so", "libc10_cuda.so", "libcudart.so.12")


def torch(version: str = "2.4.0", *requires: str) -> Distribution:
    return distribution("torch", version, *requires)


def environment(
    *extensions: Extension | Fact[Any],
    build: TorchBuild | Fact[Any] | None = None,
    distributions: tuple[Distribution, ...] = (VLLM, torch()),
    broken: tuple[BrokenLibrary, ...] = (),
    damaged: tuple[DamagedFile, ...] = (),
    gpus: tuple[Gpu, ...] | Fact[Any] = (),
    system: Platform | None = None,
) -> dict[Key[Any], Any]:
    return {
        INTERPRETER: interpreter(),
        PLATFORM: system or platform(),
        DISTRIBUTIONS: distributions,
        TORCH_BUILD: build or torch_build(),
        EXTENSIONS: tuple(item if isinstance(item, Fact) else known(item) for item in extensions),
        BROKEN_LIBRARIES: broken,
        DAMAGED_FILES: damaged,
        GPUS: gpus,
    }


def commands_of(outcome: Outcome) -> list[str]:
    """The commands of all remedies, as a shell would be given them."""
    remedies = [remedy for problem in outcome.problems for remedy in problem.remedies]
    return [" ".join(command) for remedy in remedies for command in remedy.commands]


__all__ = ["CUDA_NEEDS", "VLLM", "commands_of", "environment", "extension", "judge", "known", "torch", "torch_build"]
