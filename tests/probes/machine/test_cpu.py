from __future__ import annotations

import os
from pathlib import Path

from doctor.core.fact import Absent, Unknown
from doctor.core.machine.system import CPU
from doctor.probes.machine.cpu import find
from tests.probes.machine.probing import fact_of, target_of, value_of, write

X86 = """processor\t: 0
vendor_id\t: GenuineIntel
model name\t: Intel(R) Xeon(R) Platinum 8480+
flags\t\t: fpu sse avx2 avx512f amx_bf16

processor\t: 1
flags\t\t: fpu
"""
ARM = """processor\t: 0
BogoMIPS\t: 50.00
Features\t: fp asimd bf16 i8mm
CPU implementer\t: 0x41
"""


def test_an_x86_processor_states_its_flags(tmp_path: Path) -> None:
    cpu = value_of(find(target_of(), root=write(tmp_path, {"proc/cpuinfo": X86})), CPU)
    assert cpu.model == "Intel(R) Xeon(R) Platinum 8480+"
    assert set(cpu.flags) == {"fpu", "sse", "avx2", "avx512f", "amx_bf16"}


def test_an_arm_processor_calls_them_features(tmp_path: Path) -> None:
    cpu = value_of(find(target_of(), root=write(tmp_path, {"proc/cpuinfo": ARM})), CPU)
    assert "bf16" in cpu.flags
    assert cpu.model == ""


def test_the_cores_are_those_that_this_process_may_use() -> None:
    if hasattr(os, "sched_getaffinity"):
        assert value_of(find(target_of()), CPU).cores == len(os.sched_getaffinity(0))


def test_flags_that_are_not_stated_are_not_none(tmp_path: Path) -> None:
    assert isinstance(
        fact_of(find(target_of(), root=write(tmp_path, {"proc/cpuinfo": "processor: 0\n"})), CPU), Unknown
    )


def test_a_closed_proc_is_unknown_and_a_missing_one_absent(tmp_path: Path) -> None:
    assert isinstance(fact_of(find(target_of(), root=tmp_path), CPU), Absent)
    (tmp_path / "proc").mkdir()
    assert isinstance(fact_of(find(target_of(), root=tmp_path), CPU), Unknown)
