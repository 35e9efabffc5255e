"""Traces of NVIDIA hardware and of its kernel module that need no library to be seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.frozen import frozen
from doctor.probes.attempt import reason_of

_NVIDIA = "0x10de"
_DISPLAY_CLASS = "0x03"
# "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 ..."
# "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.124.06  Release Build ..."
_MODULE_VERSION = re.compile(r"Kernel Module(?: for \S+)?\s+(\d+\.\d+(?:\.\d+)?)\b")


@frozen
class Roots:
    """Where this machine shows its hardware; `libraries` are searched after the loader's path."""

    proc: Path = Path("/proc")
    sys: Path = Path("/sys")
    dev: Path = Path("/dev")
    libraries: tuple[Path, ...] = (Path("/usr/lib/wsl/lib"),)
    """WSL keeps the Windows driver's libraries there and some distributions do not search it."""


def find_hardware(roots: Roots) -> tuple[str, ...]:
    """Return PCI addresses of NVIDIA GPUs with the driver that holds them, and device files."""
    return (*_pci_devices(roots.sys / "bus" / "pci" / "devices"), *_device_files(roots.dev))


def is_jetson(roots: Roots) -> bool:
    """Whether this is a board with NVIDIA's Tegra, whose GPU is not on a PCI bus."""
    try:
        compatible = (roots.proc / "device-tree" / "compatible").read_bytes()
    except OSError:
        # No device tree, as on every PC: it is known not to be such a board.
        return False
    return b"nvidia,tegra" in compatible


def find_kernel_module(roots: Roots) -> Fact[str]:
    """Return the version of the NVIDIA kernel module that is loaded; Absent when none is."""
    path = roots.proc / "driver" / "nvidia" / "version"
    source = Source(kind=SourceKind.PROC, where=str(path))
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return Absent(source=source, detail="no NVIDIA kernel module is loaded")
    except OSError as error:
        return Unknown(reason=reason_of(error), detail=str(error.strerror), source=source)
    match = _MODULE_VERSION.search(text)
    if match is None:
        return Unknown(reason=Reason.MALFORMED, detail=f"no version in {text[:80]!r}", source=source)
    return Known(value=match[1], source=source)


def _pci_devices(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    for device in sorted(folder.iterdir()):
        if _attribute(device / "vendor") == _NVIDIA and _attribute(device / "class").startswith(_DISPLAY_CLASS):
            driver = device / "driver"
            yield f"{device.name} {driver.resolve().name}" if driver.exists() else f"{device.name} without a driver"


def _attribute(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip().lower()
    except OSError:
        # A device that has just left the bus; it is not there.
        return ""


def _device_files(folder: Path) -> Iterator[str]:
    if folder.is_dir():
        yield from (str(path) for path in sorted(folder.glob("nvidia[0-9]*")))
