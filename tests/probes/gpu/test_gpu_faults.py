"""The GPU probe where NVML does not start: what is known all the same, and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.fact import Absent, Known, Reason, Unknown
from doctor.core.machine.gpu import DRIVER, GPUS, NVML, VISIBLE_DEVICES
from tests.nvml import (
    DRIVER_NOT_LOADED,
    GPU_IS_LOST,
    NO_PERMISSION,
    UNKNOWN,
    VERSION_MISMATCH,
    compile_library,
    damaged_nvml,
    fake_nvml,
    h100,
    rtx_4090,
)
from tests.probes.gpu.machine import (
    MODULE,
    OPEN_MODULE,
    driver_of,
    examine,
    gpus_of,
    make_machine,
    nvml_of,
    pci_device,
    reason,
    value,
    without_nvml,
)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    return make_machine(tmp_path)


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
