"""The GPU probe against a real libnvidia-ml.so.1, each time in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.fact import Absent, Reason, Unknown
from doctor.core.machine.gpu import VISIBLE_DEVICES, Nvml
from tests.nvml import (
    GPU_IS_LOST,
    NO_PERMISSION,
    NOT_SUPPORTED,
    TIMEOUT,
    UNKNOWN,
    Device,
    fake_nvml,
    h100,
    rtx_4090,
)
from tests.probes.gpu.machine import (
    driver_of,
    examine,
    gpus_of,
    make_machine,
    nvml_of,
    reason,
    value,
)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    return make_machine(tmp_path)


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


def test_the_instances_of_a_partitioned_gpu_are_listed(machine: Path) -> None:
    device = h100(mig=True, instances=("MIG-aaaa", "MIG-bbbb"))
    environ = {**fake_nvml(machine, devices=[device]), "CUDA_VISIBLE_DEVICES": "MIG-bbbb"}
    snapshot = examine(machine, environ)
    (gpu,) = gpus_of(snapshot)
    assert (value(gpu.mig), value(gpu.mig_devices)) == (True, ("MIG-aaaa", "MIG-bbbb"))
    assert value(snapshot.get(VISIBLE_DEVICES)).indexes == (0,)  # type: ignore[attr-defined]
