"""Facts of a machine with GPUs and a stack on it, for the tests of the GPU rules."""

from __future__ import annotations

from functools import cache
from typing import Any

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import DRIVER, GPUS, NVML, VISIBLE_DEVICES, Gpu, Nvml, VisibleDevices
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD
from doctor.core.report import Outcome
from doctor.core.snapshot import Key
from doctor.matrix.load import load_matrix
from tests.facts import (
    absent,
    distribution,
    driver,
    gpu,
    interpreter,
    judge,
    known,
    platform,
    torch_build,
    unknown,
)

NOT_STATED = unknown(Reason.NOT_STATED, "the text does not say")
NO_GPU = absent("this machine shows no NVIDIA GPU")

Facts = dict[Key[Any], Any]


@cache
def matrix() -> Matrix:
    return load_matrix()


def machine(*gpus: Gpu, torch: str = "2.4.0+cu121", packages: dict[str, str] | None = None, **facts: Any) -> Facts:
    """One H100 unless `gpus` says otherwise, a CUDA torch, and the `packages` that are given.

    The other keywords replace facts by their keys' names (``driver=...``); torch's CUDA version
    is read from its local version.
    """
    cuda = torch.partition("+cu")[2]
    named = {"torch": torch.partition("+")[0], **(packages or {})}
    found: Facts = {
        INTERPRETER: interpreter(),
        PLATFORM: platform(),
        DISTRIBUTIONS: tuple(distribution(name, version) for name, version in named.items()),
        EXTENSIONS: (),
        TORCH_BUILD: torch_build(torch, f"{cuda[:-1]}.{cuda[-1]}" if cuda else "", architectures=NOT_STATED),
        NVML: Nvml(fault="", detail="", hardware=("0000:01:00.0 nvidia",)),
        DRIVER: driver(),
        GPUS: gpus or (gpu(),),
        VISIBLE_DEVICES: absent("CUDA_VISIBLE_DEVICES is not set"),
    }
    keys = {key.name: key for key in found}
    return {**found, **{keys[name]: fact for name, fact in facts.items()}}


def visible(value: str, *indexes: int, missing: str = "", order: str = "") -> Any:
    by_index = value[:1].isdigit()
    return known(VisibleDevices(value=value, order=order, indexes=indexes, missing=missing, by_index=by_index))


def verdict_of(code: str, facts: Facts) -> Outcome:
    """Judge by the matrix that ships."""
    return judge(code, facts, matrix())


def without_gpu(**changes: Any) -> Facts:
    """A machine that shows no NVIDIA hardware."""
    return machine(nvml=NO_GPU, driver=NO_GPU, gpus=NO_GPU, visible_devices=NO_GPU, **changes)


RTX_5090 = gpu(0, "NVIDIA GeForce RTX 5090", "12.0")
RTX_4090 = gpu(0, "NVIDIA GeForce RTX 4090", "8.9")
GB10 = gpu(0, "NVIDIA GB10", "12.1")
B200 = gpu(0, "NVIDIA B200", "10.0")
A100 = gpu(0, "NVIDIA A100-SXM4-80GB", "8.0")
V100 = gpu(0, "Tesla V100-SXM2-32GB", "7.0")
T4 = gpu(0, "Tesla T4", "7.5")
P100 = gpu(0, "Tesla P100-PCIE-16GB", "6.0")
