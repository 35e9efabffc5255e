"""The GPU probe against a real libnvidia-ml.so.1, each time in a process of its own."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.fact import Absent, Fact, Known, Reason, Unknown
from doctor.core.gpu import DRIVER, GPUS, NVML, VISIBLE_DEVICES, Driver, Gpu, Nvml
from doctor.core.snapshot import Snapshot
from doctor.intake.snapshot import decode_snapshot
from tests.nvml import (
    DRIVER_NOT_LOADED,
    GPU_IS_LOST,
    NO_PERMISSION,
    NOT_SUPPORTED,
    TIMEOUT,
    UNKNOWN,
    VERSION_MISMATCH,
    Device,
    compile_library,
    damaged_nvml,
    fake_nvml,
    h100,
    rtx_4090,
)


def has_nvml() -> bool:
    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return False
    return True


without_nvml = pytest.mark.skipif(has_nvml(), reason="the loader finds this machine's own libnvidia-ml.so.1")

ROOT = Path(__file__).parents[2]
MODULE = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\n"
OPEN_MODULE = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release Build\n"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A machine that shows one NVIDIA GPU and its kernel module."""
    (tmp_path / "proc/driver/nvidia").mkdir(parents=True)
    (tmp_path / "proc/driver/nvidia/version").write_text(MODULE)
    pci_device(tmp_path, "0000:01:00.0", vendor="0x10de", kind="0x030200", driver="nvidia")
    pci_device(tmp_path, "0000:00:02.0", vendor="0x8086", kind="0x030000", driver="i915")
    return tmp_path


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


def test_a_sound_h100_is_described_whole(machine: Path) -> None:
    device = h100(processes=((4242, 1000), (4243, 2000)), throttle=0x41)
    snapshot = examine(machine, fake_nvml(machine, devices=[device]))
    assert nvml_of(snapshot) == Nvml(fault="", detail="", hardware=("0000:01:00.0 nvidia",))
    driver = driver_of(snapshot)
    assert (value(driver.version), value(driver.cuda), value(driver.kernel_module)) == (
        "550.54.14",
        "12.4",
        "550.54.14",
    )
    (gpu,) = gpus_of(snapshot)
    assert (value(gpu.name), value(gpu.capability), value(gpu.uuid)) == ("NVIDIA H100 80GB HBM3", "9.0", device.uuid)
    assert (value(gpu.memory_total), value(gpu.memory_free), value(gpu.memory_used)) == (81559, 81000, 559)
    assert (value(gpu.mig), value(gpu.ecc_errors), value(gpu.persistence)) == (False, 0, True)
    assert value(gpu.throttling) == ("idle", "hardware thermal slowdown")
    assert value(gpu.compute_mode) == "Default"
    assert value(gpu.processes) == ((4242, 1000), (4243, 2000))
    assert value(gpu.bus_id) == device.bus
    assert gpu.fault == ""
    assert isinstance(gpu.links, Absent)
    assert isinstance(gpu.mig_devices, Absent)
    assert isinstance(snapshot.get(VISIBLE_DEVICES), Absent)


def test_a_geforce_lacks_features_and_nothing_about_it_is_unknown(machine: Path) -> None:
    (gpu,) = gpus_of(examine(machine, fake_nvml(machine, devices=[rtx_4090()])))
    assert isinstance(gpu.mig, Absent)
    assert isinstance(gpu.ecc_errors, Absent)
    assert not any(isinstance(getattr(gpu, name), Unknown) for name in gpu.__dataclass_fields__)


def test_memory_shared_with_the_cpu_is_absent(machine: Path) -> None:
    gb10 = Device(name="NVIDIA GB10", capability=(12, 1), memory=None)
    (gpu,) = gpus_of(examine(machine, fake_nvml(machine, devices=[gb10], driver="580.95.05", cuda=13000)))
    assert isinstance(gpu.memory_total, Absent)
    assert value(gpu.capability) == "12.1"


def test_a_lost_gpu_does_not_hide_the_other(machine: Path) -> None:
    faults = {"nvmlDeviceGetHandleByIndex_v2": (GPU_IS_LOST, 1)}
    sound, lost = gpus_of(examine(machine, fake_nvml(machine, devices=[h100(), h100(1)], faults=faults)))
    assert (sound.fault, value(sound.capability)) == ("", "9.0")
    assert lost.fault == "lost"
    assert reason(lost.capability) is Reason.FAILED
    assert "lost" in lost.capability.detail  # type: ignore[attr-defined]


def test_a_gpu_that_is_lost_only_when_asked_is_marked_too(machine: Path) -> None:
    faults = {"nvmlDeviceGetMemoryInfo": (GPU_IS_LOST, 0)}
    (gpu,) = gpus_of(examine(machine, fake_nvml(machine, devices=[h100()], faults=faults)))
    assert gpu.fault == "lost"
    assert value(gpu.name) == "NVIDIA H100 80GB HBM3"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (NO_PERMISSION, Reason.NO_PERMISSION),
        (TIMEOUT, Reason.TIMED_OUT),
        (UNKNOWN, Reason.FAILED),
    ],
)
def test_one_refusal_costs_one_fact(machine: Path, code: int, expected: Reason) -> None:
    faults = {"nvmlDeviceGetTotalEccErrors": code}
    (gpu,) = gpus_of(examine(machine, fake_nvml(machine, devices=[h100()], faults=faults)))
    unknown = [name for name in gpu.__dataclass_fields__ if isinstance(getattr(gpu, name), Unknown)]
    assert unknown == ["ecc_errors"]
    assert reason(gpu.ecc_errors) is expected


def test_not_supported_is_unknown_where_every_gpu_has_an_answer(machine: Path) -> None:
    faults = {"nvmlDeviceGetName": NOT_SUPPORTED}
    (gpu,) = gpus_of(examine(machine, fake_nvml(machine, devices=[h100()], faults=faults)))
    assert reason(gpu.name) is Reason.UNSUPPORTED


def test_an_old_driver_lacks_functions_and_the_older_names_are_used(machine: Path) -> None:
    newer = (
        "nvmlDeviceGetCurrentClocksEventReasons",
        "nvmlDeviceGetComputeRunningProcesses_v3",
        "nvmlDeviceGetMigMode",
        "nvmlSystemGetCudaDriverVersion_v2",
    )
    device = h100(processes=((7, 10),), throttle=0x8)
    snapshot = examine(machine, fake_nvml(machine, devices=[device], driver="450.80.02", cuda=11000, without=newer))
    (gpu,) = gpus_of(snapshot)
    assert value(gpu.throttling) == ("hardware slowdown",)
    assert value(gpu.processes) == ((7, 10),)
    assert value(driver_of(snapshot).cuda) == "11.0"
    assert reason(gpu.mig) is Reason.UNSUPPORTED
    assert "too old" in gpu.mig.detail  # type: ignore[attr-defined]


def test_connections_are_named_by_peer(machine: Path) -> None:
    first = h100(0, links=(h100(1).bus,) * 4)
    second = h100(1, links=(h100(0).bus,) * 4)
    third = h100(2, levels=((0, 10), (1, 40)))
    gpus = gpus_of(examine(machine, fake_nvml(machine, devices=[first, second, third])))
    assert [value(gpu.links) for gpu in gpus] == [("1 NV4", "2 SYS"), ("0 NV4", "2 SYS"), ("0 PIX", "1 NODE")]


def test_links_through_a_switch_reach_every_peer(machine: Path) -> None:
    gpus = gpus_of(examine(machine, fake_nvml(machine, devices=[h100(0, links=("switch",) * 18), h100(1)])))
    assert value(gpus[0].links) == ("1 NV18",)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (VERSION_MISMATCH, "version-mismatch"),
        (NO_PERMISSION, "no-permission"),
        (DRIVER_NOT_LOADED, "driver-not-loaded"),
        (GPU_IS_LOST, "gpu-lost"),
        (UNKNOWN, "failed"),
    ],
)
def test_a_library_that_refuses_to_start_is_a_known_fault(machine: Path, code: int, fault: str) -> None:
    snapshot = examine(machine, fake_nvml(machine, devices=[h100()], faults={"nvmlInitWithFlags": code}))
    assert nvml_of(snapshot).fault == fault
    assert isinstance(snapshot.get(GPUS), Unknown)
    driver = driver_of(snapshot)
    assert value(driver.kernel_module) == "550.54.14"
    assert isinstance(driver.version, Unknown)


def test_a_library_that_hangs_is_timed_out_and_says_so(machine: Path) -> None:
    environ = fake_nvml(machine, devices=[h100()], delays={"nvmlInitWithFlags": 600})
    snapshot = examine(machine, environ, deadline=3)
    for key in (NVML, DRIVER, GPUS, VISIBLE_DEVICES):
        assert reason(snapshot.get(key)) is Reason.TIMED_OUT


def test_a_sound_library_may_list_no_gpu(machine: Path) -> None:
    snapshot = examine(machine, fake_nvml(machine, devices=[]))
    assert gpus_of(snapshot) == ()
    assert nvml_of(snapshot).fault == ""


@without_nvml
def test_a_machine_without_any_trace_of_nvidia_has_no_gpu(tmp_path: Path) -> None:
    pci_device(tmp_path, "0000:03:00.0", vendor="0x1002", kind="0x030000", driver="amdgpu")
    snapshot = examine(tmp_path, {"CUDA_VISIBLE_DEVICES": "0"})
    for key in (NVML, DRIVER, GPUS, VISIBLE_DEVICES):
        assert isinstance(snapshot.get(key), Absent)


@without_nvml
def test_other_devices_of_nvidia_are_no_gpu(tmp_path: Path) -> None:
    pci_device(tmp_path, "0000:01:00.1", vendor="0x10de", kind="0x040300", driver="snd_hda_intel")
    assert isinstance(examine(tmp_path, {}).get(NVML), Absent)


@without_nvml
def test_a_gpu_without_the_library_is_a_fault(tmp_path: Path) -> None:
    pci_device(tmp_path, "0000:01:00.0", vendor="0x10de", kind="0x030000", driver="nouveau")
    snapshot = examine(tmp_path, {})
    nvml = nvml_of(snapshot)
    assert (nvml.fault, nvml.hardware) == ("no-library", ("0000:01:00.0 nouveau",))
    assert isinstance(snapshot.get(GPUS), Unknown)


@without_nvml
def test_a_device_file_alone_is_a_trace_of_a_gpu(tmp_path: Path) -> None:
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/nvidia0").touch()
    (tmp_path / "dev/nvidiactl").touch()
    assert nvml_of(examine(tmp_path, {})).hardware == (str(tmp_path / "dev/nvidia0"),)


@without_nvml
def test_a_jetson_without_the_library_was_not_examined(tmp_path: Path) -> None:
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/compatible").write_bytes(b"nvidia,p3737-0000+p3701-0005\0nvidia,tegra234\0")
    assert reason(examine(tmp_path, {}).get(GPUS)) is Reason.UNSUPPORTED


@pytest.mark.parametrize("content", [b"", b"not a library\n", b"\x7fELF\x02\x01\x01" + bytes(9)])
def test_a_library_that_is_not_elf_is_unreadable_and_not_missing(machine: Path, content: bytes) -> None:
    nvml = nvml_of(examine(machine, damaged_nvml(machine, content)))
    assert nvml.fault == "unreadable-library"
    assert "libnvidia-ml.so.1" in nvml.detail


def test_a_library_that_is_cut_short_never_looks_sound(machine: Path) -> None:
    whole = (compile_library() / "libnvidia-ml.so.1").read_bytes()
    snapshot = examine(machine, damaged_nvml(machine, whole[: len(whole) // 2]))
    nvml = snapshot.get(NVML)
    assert isinstance(nvml, Unknown) or (isinstance(nvml, Known) and nvml.value.fault == "unreadable-library")
    assert isinstance(snapshot.get(GPUS), Unknown)


@without_nvml
def test_the_library_of_wsl_is_found_where_the_loader_does_not_look(tmp_path: Path) -> None:
    (tmp_path / "lib").symlink_to(compile_library())
    environ = fake_nvml(tmp_path, devices=[rtx_4090()])
    environ.pop("LD_LIBRARY_PATH")
    snapshot = examine(tmp_path, environ)
    assert len(gpus_of(snapshot)) == 1
    assert isinstance(driver_of(snapshot).kernel_module, Absent)


@pytest.mark.parametrize(
    ("content", "expected"), [(OPEN_MODULE, "570.124.06"), (MODULE, "550.54.14"), ("garbage", Reason.MALFORMED)]
)
def test_the_version_of_the_kernel_module_is_read(machine: Path, content: str, expected: object) -> None:
    (machine / "proc/driver/nvidia/version").write_text(content)
    module = driver_of(examine(machine, fake_nvml(machine, devices=[h100()]))).kernel_module
    assert (value(module) if isinstance(module, Known) else reason(module)) == expected


def test_the_instances_of_a_partitioned_gpu_are_listed(machine: Path) -> None:
    device = h100(mig=True, instances=("MIG-aaaa", "MIG-bbbb"))
    environ = {**fake_nvml(machine, devices=[device]), "CUDA_VISIBLE_DEVICES": "MIG-bbbb"}
    snapshot = examine(machine, environ)
    (gpu,) = gpus_of(snapshot)
    assert (value(gpu.mig), value(gpu.mig_devices)) == (True, ("MIG-aaaa", "MIG-bbbb"))
    assert value(snapshot.get(VISIBLE_DEVICES)).indexes == (0,)  # type: ignore[attr-defined]
