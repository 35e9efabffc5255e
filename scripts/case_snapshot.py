"""The environment of a case, as a thread states it, as a snapshot.

A case is one line of the file that `measure_diagnosis.py` is given. What its ``environment``
leaves out is not stated, so the facts are Unknown, as they are of a pasted text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from doctor import __version__
from doctor.core.fact import Fact, Known, Source, SourceKind
from doctor.core.machine.system import SHARED_MEMORY, SharedMemory
from doctor.core.packages.distribution import LEFTOVERS, Leftover
from doctor.core.serve import SERVE
from doctor.core.snapshot import Key, Snapshot, snapshot_of
from doctor.intake.serve import of_options
from doctor.intake.stated import Stated, StatedGpu, StatedPackage
from doctor.intake.stated_facts import facts_of
from doctor.intake.stated_platform import Said
from scripts.case_adapters import adapters_of
from scripts.case_model import model_of

_SIZE = re.compile(r"(?P<number>\d{1,6}(?:\.\d{1,3})?)\s*(?P<unit>[kmgt]?)i?b?", re.IGNORECASE)
_MIB = {"": 1 / 1024**2, "k": 1 / 1024, "m": 1, "g": 1024, "t": 1024**2}


def snapshot_of_case(case: Mapping[str, Any]) -> Snapshot:
    """The snapshot of a case."""
    environment = case["environment"]
    name = f"case {case['id']}"
    found = {key.name: (key, fact) for key, fact in facts_of(stated_of(environment, name))}
    found.update((key.name, (key, fact)) for key, fact in _beside(environment, name))
    return snapshot_of(name, taken_at=str(case.get("date", "")), version=__version__, facts=found.values())


def stated_of(environment: Mapping[str, Any], name: str) -> Stated:
    """What an ``environment`` object states; keys that are not there are not stated."""
    variables = environment.get("env_vars")
    if environment.get("nccl"):
        # NVIDIA's images state it so, and collect_env shows it.
        variables = {**(variables or {}), "NCCL_VERSION": str(environment["nccl"])}
    return Stated(
        where=name,
        kind=SourceKind.FILE,
        form="case",
        python=_said(environment, "python"),
        system=_said(environment, "os"),
        python_platform=_said(environment, "os"),
        libc=_said(environment, "libc"),
        packages=tuple(_packages(environment)) or None,
        torch_cuda=_said(environment, "torch_cuda"),
        torch_architectures=tuple(environment["torch_arch_list"]) if "torch_arch_list" in environment else None,
        gpus=tuple(_gpus(environment)) or None,
        driver=_number(environment, "driver"),
        driver_cuda=_number(environment, "cuda_driver"),
        cuda_works=_said(environment, "cuda_available"),
        nvcc=_number(environment, "nvcc") or _number(environment, "cuda_toolkit"),
        # Null says that the variable is not set.
        variables={key: value for key, value in variables.items() if value is not None} if variables else None,
        listed=tuple(variables or ()),
    )


def _said(environment: Mapping[str, Any], key: str) -> Said | None:
    return Said(str(environment[key])) if environment.get(key) is not None else None


def _number(environment: Mapping[str, Any], key: str) -> Said | None:
    """A version without what is written around it (``580+``)."""
    found = re.match(r"\d+(?:\.\d+)*", str(environment.get(key, "")))
    return Said(found[0]) if found else None


def _packages(environment: Mapping[str, Any]) -> Iterator[StatedPackage]:
    tag = environment.get("wheel_tag")
    for name, version in environment.get("packages", {}).items():
        tags = (f"cp38-abi3-{tag}_x86_64",) if tag and name == "vllm" else ()
        yield StatedPackage(name=name, version=str(version), wheel_tags=tags)


def _gpus(environment: Mapping[str, Any]) -> Iterator[StatedGpu]:
    gpu = environment.get("gpu", {})
    names = gpu.get("name", "")
    names = names if isinstance(names, list) else [names]
    count = max(int(gpu.get("count") or 1), len(names)) if gpu else 0
    link = str(environment.get("topology", ""))
    for index in range(count):
        peers = tuple(f"{other} {link}" for other in range(count) if other != index)
        yield StatedGpu(
            name=str(names[min(index, len(names) - 1)]),
            capability=str(gpu.get("compute_capability", "")),
            memory=gpu.get("memory_mib"),
            links=peers if re.fullmatch(r"NV\d+|PIX|PXB|PHB|NODE|SYS", link) else None,
        )


def _beside(environment: Mapping[str, Any], name: str) -> Iterator[tuple[Key[Any], Fact[Any]]]:
    """Facts that no collect_env states."""
    source = Source(kind=SourceKind.FILE, where=name)
    size = _SIZE.fullmatch(str(environment.get("shm", "")))
    if size is not None:
        mib = int(float(size["number"]) * _MIB[size["unit"].lower()])
        yield SHARED_MEMORY, Known(value=SharedMemory(size=mib, free=mib), source=source)
    files = environment.get("model_files", {})
    yield from adapters_of(files, source)
    yield from model_of(files, source)
    if environment.get("engine_args"):
        yield SERVE, Known(value=of_options(environment["engine_args"]), source=source)
    renamed = environment.get("invalid_distributions")
    if renamed:
        folder = str(environment.get("site_packages", ""))
        found = tuple(Leftover(kind="renamed", name=item, path=f"{folder}/{item}") for item in renamed)
        yield LEFTOVERS, Known(value=found, source=source)
