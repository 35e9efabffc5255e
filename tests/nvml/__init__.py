"""A real shared library in place of NVML, for processes that are started by a test.

    environ = fake_nvml(tmp_path, devices=[h100(), h100(1)], driver="550.54.14", cuda=12040)
    subprocess.run([sys.executable, "-m", "doctor", ...], env={**os.environ, **environ})

`nvml.c` is compiled into libnvidia-ml.so.1 and comes first on LD_LIBRARY_PATH, which the loader
reads when a process starts: it cannot stand in within the test's own process.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MIB = 1024 * 1024
SOURCE = Path(__file__).with_name("nvml.c")

# Return codes of nvml.h.
NOT_SUPPORTED, NO_PERMISSION, DRIVER_NOT_LOADED, TIMEOUT = 3, 4, 9, 10
GPU_IS_LOST, RESET_REQUIRED, VERSION_MISMATCH, UNKNOWN = 15, 16, 18, 999


@dataclass(frozen=True, kw_only=True)
class Device:
    """One GPU; memory in MiB. What is None is answered with "not supported"."""

    name: str
    capability: tuple[int, int]
    uuid: str = "GPU-00000000-0000-0000-0000-000000000000"
    bus: str = "00000000:01:00.0"
    memory: tuple[int, int, int] | None = None
    mig: bool | None = None
    instances: tuple[str, ...] = ()
    ecc: int | None = None
    throttle: int | None = 0
    persistence: bool | None = True
    mode: int | None = 0
    processes: tuple[tuple[int, int], ...] = ()
    links: tuple[str, ...] = ()
    levels: tuple[tuple[int, int], ...] = ()

    def lines(self) -> list[str]:
        lines = ["device", f"name {self.name}", f"uuid {self.uuid}", f"bus {self.bus}"]
        lines.append(f"capability {self.capability[0]} {self.capability[1]}")
        if self.memory is not None:
            lines.append("memory " + " ".join(str(size * MIB) for size in self.memory))
        single = {
            "mig": self.mig,
            "ecc": self.ecc,
            "throttle": self.throttle,
            "persistence": self.persistence,
            "mode": self.mode,
        }
        lines += [f"{word} {int(value)}" for word, value in single.items() if value is not None]
        lines += [f"instance {uuid}" for uuid in self.instances]
        lines += [f"process {pid} {held * MIB}" for pid, held in self.processes]
        lines += [f"link {end}" for end in self.links]
        lines += [f"level {peer} {level}" for peer, level in self.levels]
        return lines


def h100(index: int = 0, **changes: object) -> Device:
    """A sound H100; `index` makes its UUID and bus id differ."""
    values: dict[str, object] = {
        "name": "NVIDIA H100 80GB HBM3",
        "capability": (9, 0),
        "uuid": f"GPU-{index:08d}-1111-2222-3333-444444444444",
        "bus": f"00000000:{index + 1:02X}:00.0",
        "memory": (81559, 81000, 559),
        "mig": False,
        "ecc": 0,
    }
    return Device(**{**values, **changes})  # type: ignore[arg-type]


def rtx_4090(index: int = 0, **changes: object) -> Device:
    """A sound RTX 4090: it has neither MIG nor ECC counters."""
    values = {"name": "NVIDIA GeForce RTX 4090", "capability": (8, 9), "memory": (24564, 24000, 564)}
    return h100(index, **{**values, "mig": None, "ecc": None, **changes})


def fake_nvml(
    folder: Path,
    *,
    devices: Sequence[Device] = (),
    driver: str = "550.54.14",
    cuda: int = 12040,
    faults: Mapping[str, int | tuple[int, int]] | None = None,
    delays: Mapping[str, int] | None = None,
    without: Sequence[str] = (),
) -> dict[str, str]:
    """Write a script into `folder` and return the variables that a child process needs.

    `faults` maps a function of NVML to the code that it returns, or to (code, index of the GPU);
    `delays` to seconds that it sleeps; `without` names functions that the library lacks, as an
    old driver does.
    """
    lines = [f"driver {driver}", f"cuda {cuda}"]
    for function, fault in (faults or {}).items():
        code, *index = fault if isinstance(fault, tuple) else (fault,)
        lines.append(" ".join(["fault", function, str(code), *map(str, index)]))
    lines += [f"delay {function} {seconds}" for function, seconds in (delays or {}).items()]
    lines += [line for device in devices for line in device.lines()]
    script = folder / "nvml.txt"
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(compile_library(tuple(without))), os.environ.get("LD_LIBRARY_PATH")]))
    return {"LD_LIBRARY_PATH": path, "FAKE_NVML": str(script)}


def damaged_nvml(folder: Path, content: bytes) -> dict[str, str]:
    """Put a libnvidia-ml.so.1 with this content first on the loader's path of a child process."""
    (folder / "libnvidia-ml.so.1").write_bytes(content)
    return {"LD_LIBRARY_PATH": str(folder)}


@cache
def compile_library(without: tuple[str, ...] = ()) -> Path:
    """Compile the library once a session and return its folder; it is removed at exit."""
    holder = tempfile.TemporaryDirectory(prefix="nvml-")
    _HOLDERS.append(holder)
    folder = Path(holder.name)
    exports = folder / "exports"
    hidden = "".join(f"{name}; " for name in without)
    exports.write_text(f"{{ global: *; local: {hidden}}};" if hidden else "{ global: *; };", encoding="utf-8")
    library = folder / "libnvidia-ml.so.1"
    subprocess.run(
        [
            *("gcc", "-std=gnu11", "-Wall", "-Werror", "-shared", "-fPIC", "-Wl,-soname,libnvidia-ml.so.1"),
            *(f"-Wl,--version-script={exports}", "-o", str(library), str(SOURCE)),
        ],
        check=True,
    )
    return folder


_HOLDERS: list[tempfile.TemporaryDirectory[str]] = []
