"""Every fact that there is, from what someone has stated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from packaging.utils import canonicalize_name

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.adapter import not_asked_for as no_adapter
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.artifact.model import not_asked_for as no_folder
from doctor.core.endtoend import END_TO_END, not_asked_for
from doctor.core.fact import Absent, Fact, Known, Reason, Source, Unknown
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.keys import KEYS
from doctor.core.machine.gpu import DRIVER, GPUS, NVML, VISIBLE_DEVICES, Driver, Gpu, Nvml, VisibleDevices
from doctor.core.machine.system import CPU, TOOLKITS, VARIABLES, VARIABLES_LISTED, Toolkit
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import TORCH_BUILD, TorchBuild
from doctor.core.reading import READING, Reading
from doctor.core.serve import SERVE, ServeCommand
from doctor.core.serve import not_asked_for as no_command
from doctor.core.snapshot import Key
from doctor.core.training import TRAINING, not_named
from doctor.intake.stated import Stated, StatedPackage
from doctor.intake.stated_platform import Said, interpreter_of, platform_of

Facts = Iterator[tuple[Key[Any], Fact[Any]]]


def facts_of(stated: Stated) -> Facts:
    """Every fact that there is: Known where it is stated, else Unknown."""
    found = {key.name: (key, fact) for key, fact in _stated(stated)}
    for name, key in KEYS.items():
        yield found.get(name, (key, stated.unstated()))


def _stated(stated: Stated) -> Facts:
    assumed: list[str] = []
    yield INTERPRETER, _interpreter(stated, assumed)
    platform = platform_of(stated.python_platform, stated.system, stated.libc)
    if platform is not None:
        yield PLATFORM, Known(value=platform, source=stated.source(stated.python_platform or stated.system))
    if stated.packages is not None:
        yield DISTRIBUTIONS, Known(value=_distributions(stated), source=stated.source())
    yield TORCH_BUILD, _torch_build(stated)
    yield from _gpu_facts(stated)
    if stated.nvcc is not None:
        toolkit = Toolkit(path="", version=".".join(stated.nvcc.value.split(".")[:2]), found_by="PATH")
        yield TOOLKITS, Known(value=(toolkit,), source=stated.source(stated.nvcc))
    if stated.variables is not None:
        yield VARIABLES, Known(value=stated.variables, source=stated.source())
        yield VARIABLES_LISTED, Known(value=stated.listed, source=stated.source())
        yield VISIBLE_DEVICES, _visible_devices(stated)
    if stated.cpu is not None:
        yield CPU, Known(value=stated.cpu, source=stated.source())
    yield END_TO_END, not_asked_for()
    yield ADAPTERS, no_adapter()
    yield SERVE, _serve(stated)
    yield TRAINING, not_named()
    yield from ((key, no_folder(option)) for key, option in ((MODEL, "--model"), (BASE, "--base")))
    accelerator = stated.accelerator.value if stated.accelerator else ""
    reading = Reading(
        form=stated.form,
        unread=stated.unread,
        assumed=tuple(assumed),
        accelerator=accelerator,
        stated=stated.said,
        unpinned=stated.unpinned,
        image=stated.image,
    )
    yield READING, Known(value=reading, source=stated.source())


def _interpreter(stated: Stated, assumed: list[str]) -> Fact[Any]:
    if stated.python is None and stated.packages is None:
        return stated.unstated("no version of Python is stated")
    platform = platform_of(stated.python_platform, stated.system, stated.libc)
    value, guessed = interpreter_of(stated.python, platform, conda=stated.conda)
    if guessed and stated.packages:
        assumed.append(guessed)
    return Known(value=value, source=stated.source(stated.python))


def _serve(stated: Stated) -> Fact[ServeCommand]:
    if stated.serve is None:
        return no_command()
    return Known(value=stated.serve, source=Source(kind=stated.kind, where=stated.where, line=stated.serve_line))


def _distributions(stated: Stated) -> tuple[Distribution, ...]:
    return tuple(_distribution(stated, item) for item in stated.packages or ())


def _distribution(stated: Stated, item: StatedPackage) -> Distribution:
    place = Source(kind=stated.kind, where=item.file or stated.where, line=item.line)
    return Distribution(
        name=str(canonicalize_name(item.name)),
        version=item.version,
        path="",
        requires=replace(stated.unstated(), source=place),
        requires_python=stated.unstated(),
        origin=item.origin,
        shadowed=item.shadowed,
        wheel_tags=item.wheel_tags,
        place=place,
    )


def _torch_build(stated: Stated) -> Fact[TorchBuild]:
    """What torch was built for: its label says it, and collect_env asks torch itself.

    A version without a label states nothing: on Linux the package index has CUDA builds under
    it, which rules look up in the matrix.
    """
    said = _torch_said(stated)
    if said is None and stated.torch_architectures is None and stated.torch_cuda is None:
        return stated.unstated("no version of torch is stated")
    said = said or Said("")
    label = said.value.partition("+")[2]
    cuda = stated.torch_cuda.value if stated.torch_cuda else _cuda_of(label)
    hip = stated.torch_hip.value if stated.torch_hip else (label[4:] if label.startswith("rocm") else "")
    if cuda is None and stated.torch_architectures:
        cuda = UNKNOWN_CUDA
    if cuda is None and not hip:
        return stated.unstated(f"what torch {said.value} was built for is not stated")
    build = TorchBuild(
        version=said.value,
        cuda=cuda or "",
        hip=hip,
        git="",
        debug=stated.debug,
        path="",
        cxx11_abi=stated.unstated(),
        architectures=stated.known_or_unstated(stated.torch_architectures),
    )
    return Known(value=build, source=stated.source(said))


def _torch_said(stated: Stated) -> Said | None:
    """The version of torch, from its own line or from the list of packages."""
    listed = next((item for item in stated.packages or () if item.name.lower() == "torch" and not item.shadowed), None)
    return stated.torch_version or (Said(listed.version, listed.line) if listed else None)


UNKNOWN_CUDA = "?"
"""The CUDA version of a build of which only its architectures are stated."""


def _cuda_of(label: str) -> str | None:
    """``12.1`` of ``cu121``, ``9.2`` of ``cu92``, "" of a build without CUDA, None where the label does not tell."""
    built = re.match(r"cu(9|[1-9]\d)(\d)(?!\d)", label, re.ASCII)
    if built:
        return f"{built[1]}.{built[2]}"
    return "" if label.startswith(("cpu", "xpu", "rocm")) else None


def _gpu_facts(stated: Stated) -> Facts:
    if stated.accelerator is not None:
        detail = f"{stated.accelerator.value} is no NVIDIA GPU, and only those are judged"
        gone: Unknown[Any] = Unknown(reason=Reason.UNSUPPORTED, detail=detail, source=stated.source(stated.accelerator))
        yield from ((key, gone) for key in (NVML, DRIVER, GPUS))
        return
    if stated.gpus is not None:
        yield GPUS, Known(value=tuple(_gpus(stated)), source=stated.source(next(iter(stated.gpus), None)))
    elif stated.no_gpu:
        yield GPUS, stated.unstated(f'the text says "{stated.no_gpu}", which may mean that no driver was found')
    if stated.driver is not None or stated.driver_cuda is not None:
        source = stated.source(stated.driver or stated.driver_cuda)
        driver = Driver(
            version=_said(stated, stated.driver),
            cuda=_said(stated, stated.driver_cuda or _cuda_that_works(stated)),
            kernel_module=stated.unstated(),
        )
        yield DRIVER, Known(value=driver, source=source)
        if stated.driver is not None and not stated.driver.where:
            # nvidia-smi told it, which asks NVML.
            yield NVML, Known(value=Nvml(fault="", detail="", hardware=()), source=source)


def _cuda_that_works(stated: Stated) -> Said | None:
    """The CUDA of the torch that has started on this driver: it supports that at least.

    An old driver does with NVIDIA's forward-compatibility package, which no text states
    (https://docs.nvidia.com/deploy/cuda-compatibility/forward-compatibility.html).
    """
    works, torch = stated.cuda_works, _torch_said(stated)
    if works is None or works.value != "True":
        return None
    cuda = stated.torch_cuda.value if stated.torch_cuda else _cuda_of(torch.value.partition("+")[2]) if torch else None
    return replace(works, value=cuda) if cuda else None


def _said(stated: Stated, said: Said | None) -> Fact[str]:
    return stated.known_or_unstated(said.value if said else None, said)


def _gpus(stated: Stated) -> Iterator[Gpu]:
    unstated = stated.unstated()
    for index, item in enumerate(stated.gpus or ()):
        yield Gpu(
            index=index,
            uuid=unstated,
            name=stated.known_or_unstated(item.name or None, item),
            capability=stated.known_or_unstated(item.capability or None, item),
            memory_total=stated.known_or_unstated(item.memory, item),
            memory_free=unstated,
            memory_used=unstated,
            mig=stated.known_or_unstated(item.mig, item),
            mig_devices=unstated,
            ecc_errors=unstated,
            throttling=unstated,
            persistence=unstated,
            compute_mode=unstated,
            processes=unstated,
            links=stated.known_or_unstated(item.links, item),
            bus_id=unstated,
        )


def _visible_devices(stated: Stated) -> Fact[VisibleDevices]:
    """As the probe reads it, for numbers: what a UUID names is not stated."""
    variables = stated.variables or {}
    value = variables.get("CUDA_VISIBLE_DEVICES")
    if value is None:
        if any("CUDA_VISIBLE_DEVICES".startswith(beginning) for beginning in stated.listed):
            return Absent(source=stated.source(), detail="CUDA_VISIBLE_DEVICES is not set")
        return stated.unstated()
    entries = [entry.strip() for entry in value.split(",") if entry.strip()]
    count = len(stated.gpus) if stated.gpus is not None else None
    if count is None or not all(entry.isdigit() for entry in entries):
        return stated.unstated(f"which GPUs CUDA_VISIBLE_DEVICES={value} names is not stated")
    indexes = [int(entry) for entry in entries]
    beyond = next((place for place, index in enumerate(indexes) if index >= count), len(indexes))
    visible = VisibleDevices(
        value=value,
        order=variables.get("CUDA_DEVICE_ORDER", ""),
        indexes=tuple(indexes[:beyond]),
        missing=entries[beyond] if beyond < len(entries) else "",
        by_index=True,
    )
    return Known(value=visible, source=stated.source())
