"""GPUs and their driver, as NVML reports them."""

from __future__ import annotations

from dataclasses import dataclass

from doctor.core.fact import Fact
from doctor.core.snapshot import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """The NVIDIA driver: its version and the newest CUDA version (``12.8``) that it supports."""

    version: Fact[str]
    cuda: Fact[str]
    kernel_module: Fact[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One GPU. Each query is a fact of its own, so that one refusal costs one fact.

    Memory is in MiB, `capability` reads ``9.0``, `ecc_errors` counts uncorrected volatile
    errors, `throttling` names the active reasons, `processes` are pids with the MiB they hold,
    `links` names the peers by index with the kind of connection (``NV18``, ``PIX``, ``SYS``).
    """

    index: int
    uuid: Fact[str]
    name: Fact[str]
    capability: Fact[str]
    memory_total: Fact[int]
    memory_free: Fact[int]
    memory_used: Fact[int]
    mig: Fact[bool]
    ecc_errors: Fact[int]
    throttling: Fact[tuple[str, ...]]
    persistence: Fact[bool]
    compute_mode: Fact[str]
    processes: Fact[tuple[tuple[int, int], ...]]
    links: Fact[tuple[str, ...]]
    bus_id: Fact[str]


DRIVER: Key[Driver] = Key("driver", Driver, "the NVIDIA driver and the CUDA version that it supports")
GPUS: Key[tuple[Gpu, ...]] = Key("gpus", tuple[Gpu, ...], "the GPUs that NVML lists")
