"""Machines that show NVIDIA hardware, and the GPU probe on them in a process of its own."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.fact import Fact, Known, Reason, Unknown
from doctor.core.machine.gpu import DRIVER, GPUS, NVML, Driver, Gpu, Nvml
from doctor.core.snapshot import Snapshot
from doctor.intake.snapshot import decode_snapshot


def has_nvml() -> bool:
    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return False
    return True


without_nvml = pytest.mark.skipif(has_nvml(), reason="the loader finds this machine's own libnvidia-ml.so.1")

ROOT = Path(__file__).parents[3]
MODULE = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\n"
OPEN_MODULE = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release Build\n"


def make_machine(folder: Path) -> Path:
    """A machine that shows one NVIDIA GPU and its kernel module."""
    (folder / "proc/driver/nvidia").mkdir(parents=True)
    (folder / "proc/driver/nvidia/version").write_text(MODULE)
    pci_device(folder, "0000:01:00.0", vendor="0x10de", kind="0x030200", driver="nvidia")
    pci_device(folder, "0000:00:02.0", vendor="0x8086", kind="0x030000", driver="i915")
    return folder


def pci_device(machine: Path, address: str, *, vendor: str, kind: str, driver: str) -> None:
    device = machine / "sys/bus/pci/devices" / address
    device.mkdir(parents=True)
    (device / "vendor").write_text(f"{vendor}\n")
    (device / "class").write_text(f"{kind}\n")
    if driver:
        module = machine / "sys/bus/pci/drivers" / driver
        module.mkdir(parents=True, exist_ok=True)
        (device / "driver").symlink_to(module)


def examine(machine: Path, environ: dict[str, str], *, deadline: float = 60) -> Snapshot:
    """Run the probe in a child process; the answer passes through JSON as a snapshot does."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CUDA_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.nvml.examine", str(deadline), str(machine)],
        cwd=ROOT,
        env={**clean, **environ},
        stdout=subprocess.PIPE,
        check=True,
        timeout=120,
    )
    header = {"schema_version": 1, "target": "t", "taken_at": "2026-01-01", "doctor_version": "0"}
    return decode_snapshot(json.dumps({**header, "facts": json.loads(done.stdout)}).encode(), "child")


def nvml_of(snapshot: Snapshot) -> Nvml:
    fact = snapshot.get(NVML)
    assert isinstance(fact, Known), fact
    return fact.value


def driver_of(snapshot: Snapshot) -> Driver:
    fact = snapshot.get(DRIVER)
    assert isinstance(fact, Known), fact
    return fact.value


def gpus_of(snapshot: Snapshot) -> tuple[Gpu, ...]:
    fact = snapshot.get(GPUS)
    assert isinstance(fact, Known), fact
    return fact.value


def value(fact: Fact[object]) -> object:
    assert isinstance(fact, Known), fact
    return fact.value


def reason(fact: Fact[object]) -> Reason:
    assert isinstance(fact, Unknown), fact
    return fact.reason
