"""Environments for the examples of breakages, written as short as a circumstance."""

from __future__ import annotations

import dataclasses
from typing import Any

from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import DRIVER, GPUS, NVML, Nvml
from doctor.core.machine.system import VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.snapshot import Key
from tests.environments import machine
from tests.facts import absent, distribution, driver, gpu, interpreter, platform, torch_build


def environment(described: dict[str, Any]) -> dict[Key[Any], Any]:
    """The facts of a sound machine with these packages, GPUs and so on.

    `packages` maps names to versions, `gpus` is a list of compute capabilities, `cuda` what
    torch is built for, `driver` and `driver_cuda` versions; `python`, `glibc`, `machine`,
    `wsl`, `variables` speak for themselves; `facts` replaces whole facts.
    """
    facts = dict(machine())
    packages = described.get("packages", {})
    facts[DISTRIBUTIONS] = tuple(distribution(name, version) for name, version in packages.items())
    facts[INTERPRETER] = interpreter(described.get("python", "3.11.7"))
    facts[PLATFORM] = dataclasses.replace(
        platform(),
        machine=described.get("machine", "x86_64"),
        wsl=described.get("wsl", 0),
        libc_version=described.get("glibc", "2.36"),
    )
    facts[VARIABLES] = described.get("variables", {})
    torch = packages.get("torch")
    facts[TORCH_BUILD] = torch_build(torch, described.get("cuda", "")) if torch else absent("torch is not installed")
    if "gpus" in described or "driver" in described:
        facts[NVML] = Nvml(fault="", detail="", hardware=())
        facts[DRIVER] = driver(described.get("driver", "580.95.05"), described.get("driver_cuda", "13.0"))
        capabilities = described.get("gpus", ["9.0"])
        facts[GPUS] = tuple(gpu(index, capability=text) for index, text in enumerate(capabilities))
    return facts
